//! Arguments and environment in, exit code out; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::cli::main()
}
