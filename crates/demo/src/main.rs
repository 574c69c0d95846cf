//! Owns the program `doorward-demo`: arguments in, exit status out.

use clap::Parser;
use demo::arguments::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    demo::world::run(Arguments::parse()).await
}
