//! The command line: what may be written, and the help that explains it.
//!
//! Takes the arguments; gives a `Cli`. Does nothing itself.

use clap::{Args, Parser, Subcommand, ValueEnum};
use cowl_contract::leaks::Leaks;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Parser, Debug)]
#[command(
    name = "cowl",
    version,
    about = "The Cowl language: every value behaves as its own copy, and nothing is copied until it must be.",
    after_help = "\
Examples:
  cowl run hello.cowl                 run a program
  cowl run stats.cowl data.csv        … with arguments for the program after its file
  cowl build stats.cowl -o stats      make an executable
  cowl check src/main.cowl            report every problem, run nothing
  cowl test geometry.cowl             run the `test` blocks of a file
  cowl explain E0203                  what an error means, and the way out
  cowl verify spec                    run programs on every engine and compare

Exit status: 0 all went well, 1 problems were found, 2 the command line is wrong,
101 the program panicked, 102 it reached a limit, 70 a fault of cowl itself;
`cowl run` otherwise passes on the program's own status."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a program
    #[command(
        override_usage = "cowl run [OPTIONS] <FILE> [ARGS]...",
        after_help = "\
Examples:
  cowl run hello.cowl
  cowl run stats.cowl data.csv --verbose   all after the file goes to the program
  echo 'fn main() { print(1) }' | cowl run -
  cowl run --copies stats.cowl data.csv   where it copied, how much, and why
  cowl run --ledger=counts.txt stats.cowl data.csv   the bare counts, for tools

`--copies` shows each place that copied with what kept the value shared:

  copy: copied 1 of 1 time (48 bytes)
   --> p.cowl:4:7
    |
  2 |     let a = [1]
    |         - `a` still holds it
  3 |     var b = a
  4 |     b.push!(2)
    |     - ^^^^^
    |     |
    |     copying begins here
  5 |     print(\"{a} {b}\")
    |             - `a` is named again here
    |
    = help: let the change be the last use: …"
    )]
    Run(RunArgs),
    /// Make an executable
    #[command(after_help = "\
Examples:
  cowl build stats.cowl             makes ./stats
  cowl build stats.cowl -o bin/st
  cowl build --ledger stats.cowl    counts copies when run with COWL_LEDGER=PATH
  cowl build --leaks --mm=audit stats.cowl   watches its memory and tells its leaks, each time it is run

The executable needs nothing of cowl to run; making it needs a C compiler (`cc`) for linking.")]
    Build(BuildArgs),
    /// Report every problem of programs, warnings too, without running them
    #[command(after_help = "\
Examples:
  cowl check src/main.cowl
  cowl check --copies src/main.cowl   which changes must copy, may copy, never copy

`--copies` judges every change that `main` and the tests lead to: `must` copies whenever it is
reached, `never` copies in no run, `may` depends on the run, or is not seen:

  must   p.cowl:4:7: b.push!(2)
         p.cowl:2:9: this holds it too
  never  p.cowl:5:7: b.push!(3)
  copies: 1 must, 0 may, 1 never")]
    Check(CheckArgs),
    /// Run the `test` blocks of programs, each in a process of its own
    #[command(after_help = "\
A test fails when it panics or does not keep its budget: `test \"…\" copies 1 { }` must copy
exactly once, `copies <= 1` at most once.
Code in doc comments, between lines of three backticks, runs as a test called `doc of NAME`.

`--copies` shows for each test where it copied, how much, and why (see `cowl run --help`).
`--leaks` shows for each test that ended normally what only dead cycles held; that fails no test.")]
    Test(TestArgs),
    /// Run programs on every engine and compare what they do
    #[command(after_help = "\
Examples:
  cowl verify spec examples
  BLESS=1 cowl verify spec/run/lists.cowl   fill in expected texts that are asked for

Exit status: 0 everything agrees, 1 something differs, 2 it could not run.")]
    Verify(VerifyArgs),
    /// Run generated programs on every engine and compare what they do
    #[command(after_help = "\
Examples:
  cowl fuzz                              the programs of seeds 0 to 999
  cowl fuzz --seeds 5000..9000 --aot-every 10
  cowl fuzz --seeds 0..1000000 --time 3600 --shard 0/4
  cowl fuzz --print 17                   the program of one seed

What differs is reduced and printed as a file for spec/regress.
Exit status: 0 everything agrees, 1 something differs, 2 it could not run.")]
    Fuzz(FuzzArgs),
    /// Run many programs in one process (for `cowl fuzz`)
    #[command(hide = true)]
    Batch,
    /// Show that the tests notice faults: run them with each fault that this build can have
    #[cfg(feature = "planted-faults")]
    #[command(after_help = "\
Exit status: 0 every fault was noticed, 1 one survives, 2 it could not run.")]
    Planted(PlantedArgs),
    /// Show what the compiler makes of a program
    #[command(after_help = "\
Examples:
  cowl dump --emit=hir hello.cowl
  cowl dump --emit=mir,clif --fn main hello.cowl")]
    Dump(DumpArgs),
    /// Explain an error by its code; without a code, list all
    Explain {
        /// Such as E0203
        code: Option<String>,
    },
}

/// How problems are shown.
#[derive(Args, Debug, Clone, Copy)]
pub struct Output {
    /// How problems are written: for people, or one JSON object per line
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Colours in what is written for people
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say on stderr how long each pass took
    #[arg(long)]
    pub time_passes: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// When written to a terminal and NO_COLOR is not set
    Auto,
    Always,
    Never,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The interpreter: the definition of the language, slow
    Interp,
    /// The interpreter that copies at every share: the value law itself
    Eager,
    /// Compile to memory and run
    Jit,
    /// Build an executable in a temporary folder and run it
    Aot,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Engine::Interp => "interp",
            Engine::Eager => "eager",
            Engine::Jit => "jit",
            Engine::Aot => "aot",
        }
    }
}

/// Who finds dead cycles, and who checks.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct Memory {
    /// How memory is watched, on compiled engines; the results are the same
    #[arg(long, value_name = "MODE", default_value = "rc")]
    pub mm: Mm,
    /// Collect dead cycles (and, with --mm=audit, check all counts) at every `new`, or when N objects
    /// have been made since the last collection
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "0"
    )]
    pub gc_stress: Option<u32>,
    /// Say on stderr at the end of the program (or of each test) which objects only dead cycles held,
    /// with their types, the places of their `new`, and the cycles (--format=json: as one JSON object)
    #[arg(long)]
    pub leaks: bool,
}

impl Memory {
    /// Whether and how leaks are told.
    pub fn leaks(self, output: Output) -> Leaks {
        match (self.leaks, output.format) {
            (false, _) => Leaks::Off,
            (true, Format::Text) => Leaks::Text,
            (true, Format::Json) => Leaks::Json,
        }
    }

    /// As options again.
    pub fn args(self) -> Vec<String> {
        let stress = self.gc_stress.map(|n| format!("--gc-stress={n}"));
        let leaks = self.leaks.then(|| "--leaks".to_string());
        let mm = format!("--mm={}", self.mm.name());
        [Some(mm), stress, leaks].into_iter().flatten().collect()
    }
}

#[derive(ValueEnum, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mm {
    /// Counts, and dead cycles found by trial deletion
    #[default]
    Rc,
    /// Dead cycles found by marking from shadow-stack frames
    Trace,
    /// Every count compared with the references that are there; freed memory poisoned
    Audit,
}

impl Mm {
    pub fn name(self) -> &'static str {
        match self {
            Mm::Rc => "rc",
            Mm::Trace => "trace",
            Mm::Audit => "audit",
        }
    }
}

/// Where the report of copies goes.
#[derive(Args, Debug, Clone, Default)]
pub struct Copies {
    /// Report at the end where the program (or each test) copied, how much, and why: to FILE, or to
    /// stderr after what it writes. The interpreter finds the reasons; compiled engines only count
    #[arg(
        long = "copies",
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = crate::copies::TO_STDERR
    )]
    pub to: Option<PathBuf>,
}

/// What ends a program early.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Panic with `stack overflow` at the call that would be the (N+1)st inside one another
    #[arg(long, value_name = "N")]
    pub max_depth: Option<u64>,
    /// End the program after N calls and turns of loops, with status 102
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u64>,
    /// End the program with status 102 when its values need more than SIZE bytes (also 64K, 64M, 2G)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<u64>,
    /// End the program with status 102 after so many seconds (also 0.5)
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

impl Limits {
    /// As options again.
    pub fn args(&self) -> Vec<String> {
        let numbers = [
            ("max-depth", self.max_depth),
            ("max-steps", self.max_steps),
            ("max-memory", self.max_memory),
        ];
        let numbers = numbers
            .into_iter()
            .filter_map(|(name, n)| Some((name, n?.to_string())));
        let timeout = self
            .timeout
            .map(|t| ("timeout", t.as_secs_f64().to_string()));
        let all = numbers.chain(timeout);
        all.map(|(name, value)| format!("--{name}={value}"))
            .collect()
    }
}

fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.trim_end_matches(['K', 'M', 'G']) {
        number if number.len() + 1 >= text.len() => (number, &text[number.len()..]),
        _ => (text, ""),
    };
    let shift = match unit {
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => 0,
    };
    let bytes = number.parse::<u64>().ok().filter(|&n| n > 0);
    bytes
        .and_then(|n| n.checked_mul(1 << shift))
        .ok_or_else(|| "a number of bytes is wanted, such as 500000, 64M or 2G".to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = text
        .parse()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok());
    time.filter(|t| t.as_millis() > 0)
        .ok_or_else(|| "a number of seconds is wanted, such as 10 or 0.5".to_string())
}

impl Engine {
    /// What runs when nobody says.
    pub fn or_default(engine: Option<Engine>, copies: bool) -> Engine {
        engine.unwrap_or(match copies {
            true => Engine::Interp,
            false => Engine::Jit,
        })
    }
}

impl RunArgs {
    /// The file and the program's arguments. What looks like an option before the file is a
    /// mistake in one of ours.
    pub fn split(&self) -> Result<(PathBuf, &[OsString]), clap::Error> {
        let unknown = |arg: &str| {
            let message = format!("there is no option `{arg}`; `cowl run --help` lists them\n");
            clap::Error::raw(clap::error::ErrorKind::UnknownArgument, message)
        };
        match self.program.split_first() {
            Some((file, rest)) => match file.to_str() {
                Some(arg) if arg.len() > 1 && arg.starts_with('-') => Err(unknown(arg)),
                _ => Ok((PathBuf::from(file), rest)),
            },
            None => Err(unknown("")),
        }
    }
}

#[derive(Args, Debug)]
pub struct RunArgs {
    /// What runs the program; without it the `jit`, with --copies the `interp`
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<Engine>,
    /// Count each change in place, copy and move by its place, and write the counts to PATH at the end
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    #[command(flatten)]
    pub copies: Copies,
    #[command(flatten)]
    pub memory: Memory,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub output: Output,
    /// The program's file, a folder with a cowl.toml, or `-` for standard input; then, untouched,
    /// the program's arguments
    #[arg(
        value_names = ["FILE", "ARGS"],
        required = true,
        num_args = 1..,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub program: Vec<OsString>,
}

#[derive(Args, Debug)]
pub struct BuildArgs {
    /// Where the executable goes; without it the file's name without `.cowl`
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Make it count copies (see `cowl help run`); it writes them to $COWL_LEDGER
    #[arg(long)]
    pub ledger: bool,
    #[command(flatten)]
    pub memory: Memory,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub shown: Output,
    /// The program's file, a folder with a cowl.toml, or `-` for standard input
    pub file: PathBuf,
}

#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Then list, on stdout, which changes must copy, may copy, never copy
    #[arg(long)]
    pub copies: bool,
    #[command(flatten)]
    pub output: Output,
    /// Programs' files, folders with a cowl.toml, or `-` for standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct TestArgs {
    /// What runs the tests; without it the `jit`, with --copies the `interp`
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<Engine>,
    #[command(flatten)]
    pub copies: Copies,
    /// Only tests whose name contains TEXT
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub memory: Memory,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub output: Output,
    /// Run this one test (by number) in this process
    #[arg(long, hide = true)]
    pub only: Option<usize>,
    /// Where the one test's ledger goes
    #[arg(long, hide = true)]
    pub ledger: Option<PathBuf>,
    /// Files with tests
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

fn verified_engine(name: &str) -> Result<dualexec::Engine, String> {
    dualexec::Engine::parse(name).ok_or_else(|| {
        let all: Vec<String> = dualexec::Engine::all()
            .map(dualexec::Engine::name)
            .collect();
        format!("there are {}", all.join(", "))
    })
}

#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// One JSON record per program and engine, then a summary
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Only these engines: interp, eager, jit or aot; compiled ones also as jit-trace and jit-audit
    /// (--mm); all also as interp-stress, jit-audit-stress … (--gc-stress)
    #[arg(long, value_name = "ENGINES", value_delimiter = ',', value_parser = verified_engine)]
    pub engines: Vec<dualexec::Engine>,
    /// Seconds that each run may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
    /// Programs that run at a time; without it one per core
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// The executable that is verified instead of this one
    #[arg(long, value_name = "PATH", hide = true)]
    pub cowl: Option<PathBuf>,
    /// Generated programs: every method of a collection in every state of its receiver; or one of
    /// PARTS parts of them, which the seed chooses
    #[arg(long, value_name = "SEED/PARTS", num_args = 0..=1, require_equals = true,
        default_missing_value = "whole")]
    pub matrix: Option<dualexec::Part>,
    /// With --matrix: the programs are also written to this folder
    #[arg(long, value_name = "DIR", requires = "matrix")]
    pub keep: Option<PathBuf>,
    /// Rewritings of the programs that must do the same, instead: M1 to M12, M14, M15, or all
    #[arg(long, value_name = "M1,M4|all", conflicts_with = "matrix")]
    pub relations: Option<dualexec::relations::Relations>,
    /// Files (.cowl, .md) and folders
    #[arg(required_unless_present = "matrix", conflicts_with = "matrix")]
    pub paths: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct FuzzArgs {
    /// The seeds of the programs, from A up to B
    #[arg(long, value_name = "A..B", default_value = "0..1000", value_parser = seeds)]
    pub seeds: std::ops::Range<u64>,
    /// Batches that run at a time; without it one per core
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub time: Option<u64>,
    /// Only the i-th of n parts, counted from 0
    #[arg(long, value_name = "i/n", default_value = "0/1", value_parser = shard)]
    pub shard: (u64, u64),
    /// Every N-th batch as an executable too
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub aot_every: u64,
    /// Every N-th batch in the memory modes too (`jit-trace`, `jit-audit`, both kinds of stress)
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub memory_every: u64,
    /// Programs that are compiled together
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub batch: usize,
    /// Seconds that the reduction of a difference may take; 0 for none
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub reduce: u64,
    /// One JSON record for each difference, then a summary
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Rewritings of the programs that must do the same, instead: M1 to M12, M14, M15, or all
    #[arg(long, value_name = "M1,M4|all")]
    pub relations: Option<dualexec::relations::Relations>,
    /// Print the program of this seed and run nothing
    #[arg(long, value_name = "SEED")]
    pub print: Option<u64>,
    /// The executable that is tested instead of this one
    #[arg(long, value_name = "PATH", hide = true)]
    pub cowl: Option<PathBuf>,
}

#[cfg(feature = "planted-faults")]
#[derive(Args, Debug)]
pub struct PlantedArgs {
    /// Only these faults; without any, all
    pub faults: Vec<String>,
    /// Only the few that every change is tested with, each until somebody notices
    #[arg(long)]
    pub canaries: bool,
    /// Faults that are hunted at a time
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub jobs: usize,
    /// Generated programs for each fault
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub generated: u64,
    /// An executable of a crate's own tests, built with the faults: it is asked too
    #[arg(long, value_name = "EXE")]
    pub tests: Vec<PathBuf>,
    /// The folder of programs
    #[arg(long, value_name = "DIR", default_value = "spec")]
    pub spec: PathBuf,
    /// Instead of that: run programs (all of spec, or the files and folders named) with the n-th
    /// allocation failing, for every n up to N
    #[arg(long, value_name = "N", conflicts_with_all = ["canaries", "hunt"])]
    pub allocations: Option<u64>,
    /// Instead of that: run programs in which a count is full as soon as it is shared
    #[arg(long, conflicts_with_all = ["canaries", "hunt", "allocations"])]
    pub full_counts: bool,
    /// With --allocations and --full-counts: one of so many programs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub every: usize,
    /// Hunt in this process, which has the fault
    #[arg(long, hide = true)]
    pub hunt: bool,
}

fn seeds(text: &str) -> Result<std::ops::Range<u64>, String> {
    let wrong = || format!("`{text}` is no range of seeds: write `0..1000`");
    let (a, b) = text.split_once("..").ok_or_else(wrong)?;
    let number = |t: &str| t.parse::<u64>().map_err(|_| wrong());
    let (a, b) = (number(a)?, number(b)?);
    match a < b {
        true => Ok(a..b),
        false => Err(format!("`{text}` holds no seed")),
    }
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("`{text}` is no part: write `0/4` for the first of four");
    let (i, n) = text.split_once('/').ok_or_else(wrong)?;
    let number = |t: &str| t.parse::<u64>().map_err(|_| wrong());
    let (i, n) = (number(i)?, number(n)?);
    match i < n {
        true => Ok((i, n)),
        false => Err(wrong()),
    }
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The syntax tree
    Ast,
    /// The checked tree with every decision about moves and releases
    Hir,
    /// Explicit counts and control flow
    Mir,
    /// Cranelift's intermediate form
    Clif,
    /// Machine code
    Asm,
}

#[derive(Args, Debug)]
pub struct DumpArgs {
    /// What to show; several are separated by commas
    #[arg(long, value_name = "STAGES", value_delimiter = ',', required = true)]
    pub emit: Vec<Stage>,
    /// Only the function of this name
    #[arg(long = "fn", value_name = "NAME")]
    pub function: Option<String>,
    #[command(flatten)]
    pub output: Output,
    /// The program's file, or `-` for standard input
    pub file: PathBuf,
}
