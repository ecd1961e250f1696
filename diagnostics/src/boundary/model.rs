//! The model: types with their boundary values, operations with what they give, computed here from
//! the rules of the reference, in 128 bits and in the machine's floats.

use cowl_contract::number;
use cowl_contract::panic::Panic;
use std::cmp::Ordering;

/// A type's boundary values and operations.
pub struct Number {
    pub name: &'static str,
    /// As programs write them.
    pub literals: Vec<String>,
    values: Vec<Value>,
    pub ops: Vec<Op>,
    /// Operations of two literals are written too, a function's arm for each pair.
    pub pairs: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Value {
    Int(i128),
    Float(f64),
}

/// What is printed, or the panic's text.
pub type Result = std::result::Result<String, String>;

/// What stands on the right.
enum Right {
    /// A value of the type.
    Own,
    /// Nothing.
    Unary,
    /// An `int`: these.
    Counts(Vec<i128>),
}

type OfInts = fn(i128, i128) -> i128;
type OfOrder = fn(Ordering) -> bool;
type OfFloat = fn(f64) -> f64;
type OfFloats = fn(f64, f64) -> bool;

type Meaning = Box<dyn Fn(Value, Value) -> Result>;

pub struct Op {
    /// With `A` and `B` for the operands.
    pattern: String,
    /// The type of the result.
    pub ret: String,
    right: Right,
    meaning: Meaning,
}

impl Op {
    pub fn written(&self, a: &str, b: &str) -> String {
        self.pattern.replace('B', b).replace('A', a)
    }

    pub fn has_own_right(&self) -> bool {
        matches!(self.right, Right::Own)
    }

    pub fn shifts_by_own_type(&self) -> bool {
        self.has_own_right() && (self.pattern.contains("<< ") || self.pattern.contains(">> "))
    }

    /// The right operands as written; of one operand a single one, which is not used.
    pub fn rights(&self, number: &Number) -> Vec<String> {
        match &self.right {
            Right::Own => number.literals.clone(),
            Right::Unary => vec!["0".to_string()],
            Right::Counts(counts) => counts.iter().map(i128::to_string).collect(),
        }
    }

    pub fn result(&self, number: &Number, left: usize, right: usize) -> Result {
        let b = match &self.right {
            Right::Own => number.values[right],
            Right::Unary => Value::Int(0),
            Right::Counts(counts) => Value::Int(counts[right]),
        };
        (self.meaning)(number.values[left], b)
    }
}

/// An integer type.
#[derive(Clone, Copy)]
struct Width {
    name: &'static str,
    bits: u32,
    signed: bool,
}

const WIDTHS: [Width; 8] = {
    const fn width(name: &'static str, bits: u32, signed: bool) -> Width {
        Width { name, bits, signed }
    }
    [
        width("i8", 8, true),
        width("i16", 16, true),
        width("i32", 32, true),
        width("int", 64, true),
        width("u8", 8, false),
        width("u16", 16, false),
        width("u32", 32, false),
        width("u64", 64, false),
    ]
};

impl Width {
    fn min(self) -> i128 {
        match self.signed {
            true => -(1 << (self.bits - 1)),
            false => 0,
        }
    }

    fn max(self) -> i128 {
        match self.signed {
            true => (1 << (self.bits - 1)) - 1,
            false => (1 << self.bits) - 1,
        }
    }

    fn fits(self, n: i128) -> bool {
        (self.min()..=self.max()).contains(&n)
    }

    fn wrap(self, n: i128) -> i128 {
        let low = n & ((1 << self.bits) - 1);
        match low > self.max() {
            true => low - (1 << self.bits),
            false => low,
        }
    }

    fn boundaries(self) -> Vec<i128> {
        let half = 1i128 << (self.bits / 2);
        let bits = i128::from(self.bits);
        let mut all = vec![self.min(), self.min() + 1, self.min() / 2, -half - 1, -half];
        all.extend([-7, -2, -1, 0, 1, 2, 3, 7, 10, 31, 64, 100, bits - 1, bits]);
        all.extend([half - 1, half, self.max() / 2, self.max() / 2 + 1]);
        all.extend([self.max() - 1, self.max()]);
        // The edges of the narrower types.
        for edge in [7, 8, 15, 16, 31, 32, 63].map(|n| 1i128 << n) {
            all.extend([edge - 1, edge, -edge]);
        }
        all.retain(|&n| self.fits(n));
        all.sort_unstable();
        all.dedup();
        // The widest types have many edges: those far from a power of two go first.
        while all.len() > 26 {
            let inner = all.len() / 2;
            let droppable = (1..all.len() - 1).filter(|&i| !is_near(all[i], self));
            match droppable.max_by_key(|&i| i.abs_diff(inner)) {
                Some(i) => all.remove(i),
                None => break,
            };
        }
        all
    }
}

/// A value that must stay.
fn is_near(n: i128, width: Width) -> bool {
    let close = |m: i128| (n - m).abs() <= 1;
    close(0) || close(width.min()) || close(width.max()) || close(width.bits.into())
}

fn int(v: Value) -> i128 {
    match v {
        Value::Int(n) => n,
        Value::Float(x) => unreachable!("{x} is no integer"),
    }
}

fn float(v: Value) -> f64 {
    match v {
        Value::Float(x) => x,
        Value::Int(n) => unreachable!("{n} is no float"),
    }
}

fn overflow(left: i128, op: &str, right: i128) -> String {
    Panic::Overflow { left, op, right }.to_string()
}

fn does_not_fit(value: &str, ty: &str) -> String {
    Panic::DoesNotFit { value, ty }.to_string()
}

pub fn numbers() -> Vec<Number> {
    let ints = WIDTHS.map(integer).into_iter();
    ints.chain([floating("float", false), floating("f32", true)])
        .collect()
}

// ---- integers

fn integer(w: Width) -> Number {
    let values = w.boundaries();
    let mut ops = Vec::new();
    arithmetic(w, &mut ops);
    bits(w, &mut ops);
    methods(w, &mut ops);
    conversions(&mut ops);
    Number {
        name: w.name,
        literals: values.iter().map(i128::to_string).collect(),
        values: values.into_iter().map(Value::Int).collect(),
        ops,
        pairs: true,
    }
}

fn binary(
    ops: &mut Vec<Op>,
    pattern: &str,
    ret: &str,
    meaning: impl Fn(i128, i128) -> Result + 'static,
) {
    ops.push(Op {
        pattern: pattern.to_string(),
        ret: ret.to_string(),
        right: Right::Own,
        meaning: Box::new(move |a, b| meaning(int(a), int(b))),
    });
}

fn unary(
    ops: &mut Vec<Op>,
    pattern: String,
    ret: &str,
    meaning: impl Fn(i128) -> Result + 'static,
) {
    ops.push(Op {
        pattern,
        ret: ret.to_string(),
        right: Right::Unary,
        meaning: Box::new(move |a, _| meaning(int(a))),
    });
}

/// Division truncated towards zero; what panics is left to the caller.
fn divided(w: Width, symbol: &'static str, a: i128, b: i128) -> std::result::Result<i128, String> {
    match b {
        0 => Err(Panic::DivisionByZero.to_string()),
        -1 if a == w.min() => Err(overflow(a, symbol, b)),
        _ if symbol == "/" => Ok(a / b),
        _ => Ok(a % b),
    }
}

fn arithmetic(w: Width, ops: &mut Vec<Op>) {
    let exact: [(&str, OfInts); 3] = [
        ("+", |a, b| a + b),
        ("-", |a, b| a - b),
        ("*", |a, b| a.wrapping_mul(b)),
    ];
    for (symbol, f) in exact {
        // A product of u64 that wraps in 128 bits is negative, and so does not fit either.
        binary(ops, &format!("A {symbol} B"), w.name, move |a, b| {
            match f(a, b) {
                n if w.fits(n) => Ok(n.to_string()),
                _ => Err(overflow(a, symbol, b)),
            }
        });
        binary(ops, &format!("A {symbol}% B"), w.name, move |a, b| {
            Ok(w.wrap(f(a, b)).to_string())
        });
        let method = match symbol {
            "+" => "checked_add",
            "-" => "checked_sub",
            _ => "checked_mul",
        };
        let ret = format!("{}?", w.name);
        binary(ops, &format!("A.{method}(B)"), &ret, move |a, b| {
            Ok(optional(w.fits(f(a, b)).then_some(f(a, b))))
        });
    }
    for symbol in ["/", "%"] {
        binary(ops, &format!("A {symbol} B"), w.name, move |a, b| {
            divided(w, symbol, a, b).map(|n| n.to_string())
        });
    }
    let ret = format!("{}?", w.name);
    binary(ops, "A.checked_div(B)", &ret, move |a, b| {
        Ok(optional(divided(w, "/", a, b).ok()))
    });
    binary(ops, "A.div_floor(B)", w.name, move |a, b| {
        divided(w, "/", a, b).map(|q| {
            let down = a % b != 0 && (a < 0) != (b < 0);
            (q - i128::from(down)).to_string()
        })
    });
    binary(ops, "A.mod_floor(B)", w.name, move |a, b| {
        divided(w, "%", a, b).map(|r| {
            let up = r != 0 && (r < 0) != (b < 0);
            (if up { r + b } else { r }).to_string()
        })
    });
}

fn optional<T: ToString>(value: Option<T>) -> String {
    match value {
        Some(value) => format!("some({})", value.to_string()),
        None => "none".to_string(),
    }
}

fn bits(w: Width, ops: &mut Vec<Op>) {
    binary(ops, "A & B", w.name, move |a, b| {
        Ok(w.wrap(a & b).to_string())
    });
    binary(ops, "A | B", w.name, move |a, b| {
        Ok(w.wrap(a | b).to_string())
    });
    binary(ops, "A ^ B", w.name, move |a, b| {
        Ok(w.wrap(a ^ b).to_string())
    });
    unary(ops, "~A".to_string(), w.name, move |a| {
        Ok(w.wrap(!a).to_string())
    });
    let shift = move |left: bool, a: i128, by: i128| {
        if by < 0 || by >= i128::from(w.bits) {
            return Err(Panic::Shift { by, ty: w.name }.to_string());
        }
        Ok(w.wrap(if left { a << by } else { a >> by }).to_string())
    };
    for (symbol, left) in [("<<", true), (">>", false)] {
        binary(ops, &format!("A {symbol} B"), w.name, move |a, b| {
            shift(left, a, b)
        });
        let bits = i128::from(w.bits);
        let wide = WIDTHS[3];
        let counts = vec![
            wide.min(),
            -1,
            0,
            1,
            bits - 1,
            bits,
            63,
            64,
            1 << 32,
            wide.max(),
        ];
        ops.push(Op {
            pattern: format!("A {symbol} B"),
            ret: w.name.to_string(),
            right: Right::Counts(counts),
            meaning: Box::new(move |a, b| shift(left, int(a), int(b))),
        });
    }
    let ordered: [(&str, OfOrder); 6] = [
        ("==", Ordering::is_eq),
        ("!=", Ordering::is_ne),
        ("<", Ordering::is_lt),
        ("<=", Ordering::is_le),
        (">", Ordering::is_gt),
        (">=", Ordering::is_ge),
    ];
    for (symbol, holds) in ordered {
        binary(ops, &format!("A {symbol} B"), "bool", move |a, b| {
            Ok(holds(a.cmp(&b)).to_string())
        });
    }
}

fn methods(w: Width, ops: &mut Vec<Op>) {
    unary(ops, "-A".to_string(), w.name, move |a| match w.fits(-a) {
        true => Ok((-a).to_string()),
        false => Err(Panic::NegOverflow { operand: a }.to_string()),
    });
    unary(ops, "A.abs()".to_string(), w.name, move |a| {
        match w.fits(a.abs()) {
            true => Ok(a.abs().to_string()),
            false => Err(overflow(0, "-", a)),
        }
    });
    unary(ops, "A.sign()".to_string(), "int", |a| {
        Ok(a.signum().to_string())
    });
    unary(ops, "A.is_even()".to_string(), "bool", |a| {
        Ok((a % 2 == 0).to_string())
    });
    unary(ops, "A.is_odd()".to_string(), "bool", |a| {
        Ok((a % 2 != 0).to_string())
    });
    let raw = move |a: i128| (a & ((1 << w.bits) - 1)) as u128;
    unary(ops, "A.count_ones()".to_string(), "int", move |a| {
        Ok(raw(a).count_ones().to_string())
    });
    unary(ops, "A.leading_zeros()".to_string(), "int", move |a| {
        Ok((raw(a).leading_zeros() - (128 - w.bits)).to_string())
    });
    unary(ops, "A.trailing_zeros()".to_string(), "int", move |a| {
        Ok(raw(a).trailing_zeros().min(w.bits).to_string())
    });
    unary(
        ops,
        "A.isqrt()".to_string(),
        w.name,
        |a| match u128::try_from(a) {
            Ok(n) => Ok(n.isqrt().to_string()),
            Err(_) => Err(format!("square root of {a}")),
        },
    );
    binary(ops, "A.min(B)", w.name, |a, b| Ok(a.min(b).to_string()));
    binary(ops, "A.max(B)", w.name, |a, b| Ok(a.max(b).to_string()));
    binary(ops, "A.abs_diff(B)", w.name, move |a, b| {
        match w.fits((a - b).abs()) {
            true => Ok((a - b).abs().to_string()),
            false => Err(overflow(a.max(b), "-", a.min(b))),
        }
    });
    let exponents = vec![-1, 0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 62, 63, 64, 65];
    let power = move |a: i128, n: i128| {
        let mut product: i128 = 1;
        for _ in 0..n {
            product = product.checked_mul(a).filter(|&p| w.fits(p))?;
        }
        Some(product)
    };
    ops.push(Op {
        pattern: "A.pow(B)".to_string(),
        ret: w.name.to_string(),
        right: Right::Counts(exponents.clone()),
        meaning: Box::new(move |a, n| match power(int(a), int(n)) {
            _ if int(n) < 0 => Err(format!("negative exponent {}", int(n))),
            Some(p) => Ok(p.to_string()),
            None => Err(overflow(int(a), "pow", int(n))),
        }),
    });
    ops.push(Op {
        pattern: "A.checked_pow(B)".to_string(),
        ret: format!("{}?", w.name),
        right: Right::Counts(exponents),
        meaning: Box::new(move |a, n| {
            let power = (int(n) >= 0).then(|| power(int(a), int(n))).flatten();
            Ok(optional(power))
        }),
    });
}

fn conversions(ops: &mut Vec<Op>) {
    for to in WIDTHS {
        let name = to.name;
        unary(ops, format!("{name}(A)"), name, move |a| match to.fits(a) {
            true => Ok(a.to_string()),
            false => Err(does_not_fit(&a.to_string(), name)),
        });
        unary(
            ops,
            format!("{name}.checked(A)"),
            &format!("{name}?"),
            move |a| Ok(optional(to.fits(a).then_some(a))),
        );
        unary(ops, format!("{name}.wrapping(A)"), name, move |a| {
            Ok(to.wrap(a).to_string())
        });
    }
    unary(ops, "float(A).to_bits()".to_string(), "u64", |a| {
        Ok((a as f64).to_bits().to_string())
    });
    unary(ops, "f32(A).to_bits()".to_string(), "u32", |a| {
        Ok((a as f32).to_bits().to_string())
    });
    unary(ops, "int(char(A))".to_string(), "int", |a| {
        let char = u32::try_from(a).ok().and_then(char::from_u32);
        match char {
            Some(_) => Ok(a.to_string()),
            None => Err(does_not_fit(&a.to_string(), "char")),
        }
    });
}

// ---- floats

fn floating(name: &'static str, single: bool) -> Number {
    let round = move |x: f64| if single { f64::from(x as f32) } else { x };
    let (least, most, step) = match single {
        true => (
            f64::from(f32::from_bits(1)),
            f64::from(f32::MAX),
            f64::from(f32::EPSILON),
        ),
        false => (f64::from_bits(1), f64::MAX, f64::EPSILON),
    };
    let mut values = vec![0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 1.0 + step, least];
    values.extend([most, -most, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 0.1]);
    values.extend([127.0, 128.0, -128.0, -129.0, 255.5, 256.0, -0.99]);
    values.extend([31, 32, 53, 63, 64].map(|n| 2f64.powi(n)));
    values.extend([2147483647.0, -2f64.powi(31), -2f64.powi(63)]);
    values.iter_mut().for_each(|x| *x = round(*x));
    let mut ops = Vec::new();
    let bits = move |x: f64| match single {
        true if x.is_nan() => f32::NAN.to_bits().to_string(),
        true => (x as f32).to_bits().to_string(),
        false if x.is_nan() => f64::NAN.to_bits().to_string(),
        false => x.to_bits().to_string(),
    };
    let raw = if single { "u32" } else { "u64" };
    let mut two = |pattern: &str, f: fn(f64, f64) -> f64| {
        ops.push(Op {
            pattern: format!("({pattern}).to_bits()"),
            ret: raw.to_string(),
            right: Right::Own,
            // Twice as many digits and more: rounding twice is rounding once.
            meaning: Box::new(move |a, b| Ok(bits(round(f(float(a), float(b)))))),
        });
    };
    two("A + B", |a, b| a + b);
    two("A - B", |a, b| a - b);
    two("A * B", |a, b| a * b);
    two("A / B", |a, b| a / b);
    two("A % B", |a, b| a % b);
    two("A.min(B)", |a, b| if total(b, a).is_lt() { b } else { a });
    two("A.max(B)", |a, b| if total(b, a).is_lt() { a } else { b });
    let ordered: [(&str, OfFloats); 6] = [
        ("==", |a, b| a == b),
        ("!=", |a, b| a != b),
        ("<", |a, b| a < b),
        ("<=", |a, b| a <= b),
        (">", |a, b| a > b),
        (">=", |a, b| a >= b),
    ];
    for (symbol, holds) in ordered {
        ops.push(Op {
            pattern: format!("A {symbol} B"),
            ret: "bool".to_string(),
            right: Right::Own,
            meaning: Box::new(move |a, b| Ok(holds(float(a), float(b)).to_string())),
        });
    }
    let mut one = |pattern: String, ret: &str, f: Box<dyn Fn(f64) -> Result>| {
        ops.push(Op {
            pattern,
            ret: ret.to_string(),
            right: Right::Unary,
            meaning: Box::new(move |a, _| f(float(a))),
        });
    };
    let rounding: [(&str, OfFloat); 6] = [
        ("(-A)", |x| -x),
        ("A.floor()", f64::floor),
        ("A.ceil()", f64::ceil),
        ("A.round()", f64::round),
        ("A.trunc()", f64::trunc),
        ("A.sqrt()", f64::sqrt),
    ];
    for (pattern, f) in rounding {
        let meaning = Box::new(move |x| Ok(bits(round(f(x)))));
        one(format!("{pattern}.to_bits()"), raw, meaning);
    }
    for to in WIDTHS {
        let fits = move |x: f64| {
            let whole = x.trunc();
            let inside = whole >= to.min() as f64 && whole < to.max() as f64 + 1.0;
            // The greatest of 64 bits is no float: the next one above is the first that is too large.
            (inside && to.fits(whole as i128)).then_some(whole as i128)
        };
        let shown = move |x: f64| {
            let mut text = String::new();
            match single {
                true => number::push_f32(&mut text, x as f32),
                false => number::push_f64(&mut text, x),
            }
            text
        };
        let exact = Box::new(move |x| match fits(x) {
            Some(n) => Ok(n.to_string()),
            None => Err(does_not_fit(&shown(x), to.name)),
        });
        one(format!("{}(A)", to.name), to.name, exact);
        let ret = format!("{}?", to.name);
        one(
            format!("{}.checked(A)", to.name),
            &ret,
            Box::new(move |x| Ok(optional(fits(x)))),
        );
    }
    let other = Box::new(move |x: f64| {
        Ok(match single {
            _ if x.is_nan() && single => f64::NAN.to_bits().to_string(),
            _ if x.is_nan() => f32::NAN.to_bits().to_string(),
            true => x.to_bits().to_string(),
            false => (x as f32).to_bits().to_string(),
        })
    });
    match single {
        true => one("float(A).to_bits()".to_string(), "u64", other),
        false => one("f32(A).to_bits()".to_string(), "u32", other),
    }
    Number {
        name,
        literals: values
            .iter()
            .map(|&x| format!("{name}.from_bits({})", bits(x)))
            .collect(),
        values: values.into_iter().map(Value::Float).collect(),
        ops,
        pairs: true,
    }
}

/// nan stands behind all others, and zeros are equal.
fn total(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
