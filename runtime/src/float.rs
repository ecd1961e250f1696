//! Functions on floats that are no machine instructions: the same of the Rust standard library
//! that the interpreter calls, so that results agree to the last bit.

use crate::ctx::Cx;

macro_rules! unary {
    ($($name:ident $method:ident;)*) => {
        $(#[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(_cx: Cx, x: f64) -> f64 {
            x.$method()
        })*
    };
}

unary! {
    cowl_float_round round;
    cowl_float_sin sin;
    cowl_float_cos cos;
    cowl_float_tan tan;
    cowl_float_asin asin;
    cowl_float_acos acos;
    cowl_float_atan atan;
    cowl_float_exp exp;
    cowl_float_ln ln;
    cowl_float_log2 log2;
    cowl_float_log10 log10;
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_float_atan2(_cx: Cx, y: f64, x: f64) -> f64 {
    y.atan2(x)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_float_pow(_cx: Cx, x: f64, y: f64) -> f64 {
    x.powf(y)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_float_rem(_cx: Cx, x: f64, y: f64) -> f64 {
    x % y
}
