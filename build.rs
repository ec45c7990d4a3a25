//! Builds the program anew when a template changes: they are within it.

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
