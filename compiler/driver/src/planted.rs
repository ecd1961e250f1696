//! `cowl planted`, of builds with the feature `planted-faults` only: hands options to the hunt.

use crate::cli::PlantedArgs;
use crate::fault;
use cowl_contract::outcome::status;
use dualexec::planted::{Options, allocations as memory, full, hunt, hunt_all};
use std::path::PathBuf;

pub fn planted(args: PlantedArgs) -> i32 {
    let cowl = match std::env::current_exe() {
        Ok(cowl) => cowl,
        Err(e) => {
            fault::error(format!("cannot find this executable: {e}"));
            return status::USAGE;
        }
    };
    if let Some(most) = args.allocations {
        return allocations(cowl, args, most);
    }
    if args.full_counts {
        return full_counts(cowl, args);
    }
    let options = Options {
        cowl,
        spec: args.spec,
        only: args.faults,
        canaries: args.canaries,
        jobs: args.jobs,
        generated: args.generated,
        tests: args.tests,
    };
    let result = if args.hunt {
        hunt(&options).and_then(|found| {
            let text = serde_json::to_string(&found)?;
            fault::print(&format!("{text}\n"));
            Ok(status::OK)
        })
    } else {
        hunt_all(&options, &mut std::io::stdout()).map(dualexec::Verdict::status)
    };
    result.unwrap_or_else(|e| {
        fault::error(format!("cannot hunt: {e}"));
        status::USAGE
    })
}

/// The programs that are run without a fault: those that are named, else those of `spec`.
fn programs(args: &PlantedArgs) -> Vec<PathBuf> {
    match args.faults.is_empty() {
        true => ["run", "panic", "regress"]
            .map(|p| args.spec.join(p))
            .to_vec(),
        false => args.faults.iter().map(PathBuf::from).collect(),
    }
}

fn allocations(cowl: PathBuf, args: PlantedArgs, most: u64) -> i32 {
    let options = memory::Options {
        cowl,
        paths: programs(&args),
        most,
        jit_every: 7,
        every: args.every,
    };
    let outcome = memory::run(&options).map(|o| {
        let said = format!(
            "allocations: {} programs, {} runs, {} out of memory",
            o.programs, o.runs, o.failed
        );
        (o.programs, o.findings, said)
    });
    report(outcome)
}

fn full_counts(cowl: PathBuf, args: PlantedArgs) -> i32 {
    let options = full::Options {
        cowl,
        paths: programs(&args),
        every: args.every,
    };
    let outcome = full::run(&options).map(|o| {
        let said = format!(
            "full counts: {} programs, {} that ask for counts passed over",
            o.programs, o.passed_over
        );
        (o.programs, o.findings, said)
    });
    report(outcome)
}

/// Prints what was found, in how many programs, and a line that says so.
fn report(outcome: std::io::Result<(usize, Vec<String>, String)>) -> i32 {
    let (programs, findings, said) = match outcome {
        Ok(outcome) => outcome,
        Err(e) => {
            fault::error(format!("cannot run: {e}"));
            return status::USAGE;
        }
    };
    for finding in &findings {
        fault::print(&format!("{finding}\n"));
    }
    fault::print(&format!("{said}, {} findings\n", findings.len()));
    match (programs, findings.is_empty()) {
        (0, _) => status::USAGE,
        (_, true) => status::OK,
        (_, false) => status::FAILED,
    }
}
