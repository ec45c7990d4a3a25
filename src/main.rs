//! placeholder
fn main() {
    tokio::runtime::Runtime::new().expect("x").block_on(async {
        let _r =
            trueup::sandbox::Sandbox::start(trueup::sandbox::Options { port: 7070, ..Default::default() })
                .await;
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    });
}
