//! Builds the runtime as a static library for `include_bytes!`, always optimised, whatever the
//! profile of the build around it.
//!
//! A cargo of its own does that, with its own target folder (it would wait for our lock otherwise)
//! and without what the outer cargo and its wrappers put into the environment.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let here = PathBuf::from(var("CARGO_MANIFEST_DIR"));
    let runtime = here.join("..");
    let root = runtime.join("..");
    for input in [
        "runtime/src",
        "runtime/Cargo.toml",
        "compiler/contract/src",
        "compiler/contract/Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo:rerun-if-changed={}", root.join(input).display());
    }
    let out = PathBuf::from(var("OUT_DIR"));
    let target = target_dir(&out);
    build(&runtime, &target);
    let made = target.join("release").join("libcowl_runtime.a");
    let copy = out.join("libcowl_runtime.a");
    std::fs::copy(&made, &copy).unwrap_or_else(|e| panic!("cannot copy {}: {e}", made.display()));
    println!("cargo:rustc-env=COWL_RUNTIME_ARCHIVE={}", copy.display());
}

fn var(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// Beside the profiles' folders of the outer build, so that all of them share it.
fn target_dir(out: &Path) -> PathBuf {
    let profile = out.ancestors().nth(3).unwrap_or(out);
    profile.parent().unwrap_or(profile).join("runtime-archive")
}

fn build(runtime: &Path, target: &Path) {
    let mut cargo = Command::new(var("CARGO"));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let outer = [
            "CARGO_FEATURE_",
            "CARGO_CFG_",
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
        ];
        let wrappers = [
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTFLAGS",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_WRAPPER",
            "CARGO_MAKEFLAGS",
            "MAKEFLAGS",
            "MFLAGS",
        ];
        if outer.iter().any(|p| text.starts_with(p)) || wrappers.contains(&&*text) {
            cargo.env_remove(&name);
        }
    }
    cargo.arg("rustc");
    for (feature, enabled) in [
        ("system-alloc", "CARGO_FEATURE_SYSTEM_ALLOC"),
        ("planted-faults", "CARGO_FEATURE_PLANTED_FAULTS"),
    ] {
        if env::var_os(enabled).is_some() {
            cargo.args(["--features", feature]);
        }
    }
    let status = cargo
        .args(["--release", "--locked", "--quiet", "--lib"])
        .args(["--crate-type", "staticlib"])
        .arg("--manifest-path")
        .arg(runtime.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .status()
        .unwrap_or_else(|e| panic!("cannot run cargo: {e}"));
    assert!(
        status.success(),
        "the runtime's static library was not built"
    );
}
