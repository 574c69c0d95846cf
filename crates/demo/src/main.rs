//! Owns the program `doorward-demo`: arguments in, exit status out.

use std::env::args_os;

use clap::Parser;
use demo::arguments::Arguments;
use demo::{launch, world};

fn main() -> anyhow::Result<()> {
    if launch::is_asked(args_os()) {
        return launch::become_program(args_os());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(world::run(Arguments::parse()))
}
