//! `cowl planted`, of builds with the feature `planted-faults` only: hands options to the hunt.

use crate::cli::PlantedArgs;
use crate::fault;
use cowl_contract::outcome::status;
use dualexec::planted::{Options, allocations as memory, hunt, hunt_all};
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
    let options = Options {
        cowl,
        spec: args.spec,
        only: args.faults,
        canaries: args.canaries,
        jobs: args.jobs,
        generated: args.generated,
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

fn allocations(cowl: PathBuf, args: PlantedArgs, most: u64) -> i32 {
    let options = memory::Options {
        cowl,
        paths: match args.faults.is_empty() {
            true => ["run", "panic", "regress"]
                .map(|p| args.spec.join(p))
                .to_vec(),
            false => args.faults.iter().map(PathBuf::from).collect(),
        },
        most,
        jit_every: 7,
        every: args.every,
    };
    let outcome = match memory::run(&options) {
        Ok(outcome) => outcome,
        Err(e) => {
            fault::error(format!("cannot run: {e}"));
            return status::USAGE;
        }
    };
    for finding in &outcome.findings {
        fault::print(&format!("{finding}\n"));
    }
    fault::print(&format!(
        "allocations: {} programs, {} runs, {} out of memory, {} findings\n",
        outcome.programs,
        outcome.runs,
        outcome.failed,
        outcome.findings.len()
    ));
    match (outcome.programs, outcome.findings.is_empty()) {
        (0, _) => status::USAGE,
        (_, true) => status::OK,
        (_, false) => status::FAILED,
    }
}
