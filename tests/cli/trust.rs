//! Companies that inspect TLS: whose certificates are trusted, on both halves, and what is told when they are not.
//!
//! Here a server on this machine shows a certificate of a CA that no system knows, and hands what it gets to the
//! embedded cloud.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::common::{SMALL, cloud_and};
use crate::support::{Cloud, LEDGER, Project};

const CERTIFICATE: &[u8] = include_bytes!("../support/tls/server.pem");
const KEY: &[u8] = include_bytes!("../support/tls/server.key.pem");
/// The CA of that certificate, and one that has nothing to do with it.
const CA: &str = include_str!("../support/tls/ca.pem");
const OTHER_CA: &str = include_str!("../support/tls/other-ca.pem");

/// The address at which the cloud is reached with TLS.
fn with_tls(cloud: &Cloud) -> String {
    let plain = cloud.sandbox().url().trim_start_matches("http://").to_owned();
    let certificates = CertificateDer::pem_slice_iter(CERTIFICATE).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    cloud.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, plain) = (acceptor.clone(), plain.clone());
                tokio::spawn(async move {
                    let mut here = acceptor.accept(stream).await?;
                    let mut there = TcpStream::connect(plain).await?;
                    copy_bidirectional(&mut here, &mut there).await
                });
            }
        });
        format!("https://localhost:{}", address.port())
    })
}

/// A project that reaches AWS with TLS, and Heroku without.
fn aws_with_tls() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    let url = with_tls(&cloud);
    project.write("ca.pem", CA);
    project.write("other-ca.pem", OTHER_CA);
    (cloud, project.set("AWS_ENDPOINT_URL", &url))
}

#[test]
fn a_bundle_of_the_variable_or_of_the_profile_is_trusted_for_aws() {
    let (_cloud, project) = aws_with_tls();
    let bundle = project.file("ca.pem").display().to_string();
    project.write("home/.aws/config", &format!("[default]\nca_bundle = {bundle}\n"));
    project.run(&["apply", "--yes"]).exits(0);
    std::fs::remove_file(project.file("home/.aws/config")).unwrap();
    project.set("AWS_CA_BUNDLE", &bundle).run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn an_unknown_issuer_of_aws_says_which_variable_helps() {
    let (_cloud, project) = aws_with_tls();
    let told =
        ["cannot reach AWS STS for `sts:GetCallerIdentity`", "UnknownIssuer", "set AWS_CA_BUNDLE to a file"];
    let ran = project.run(&["plan"]).exits(1).tells(&told);
    assert!(!ran.stderr.contains("the same command again"), "{}", ran.stderr);
    let other = project.file("other-ca.pem").display().to_string();
    project.set("AWS_CA_BUNDLE", &other).run(&["plan"]).exits(1).tells(&told);
}

/// A project that reaches Heroku with TLS.
fn heroku_with_tls() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(SMALL);
    let url = with_tls(&cloud);
    project.write("ca.pem", CA);
    project.write("other-ca.pem", OTHER_CA);
    (cloud, project.set("HEROKU_API_URL", &url).set("HEROKU_DATA_API_URL", &url))
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_of_certificates_is_trusted_for_heroku() {
    let (_cloud, project) = heroku_with_tls();
    let file = project.file("ca.pem").display().to_string();
    project.set("SSL_CERT_FILE", &file).run(&["apply", "--yes"]).exits(0);
}

#[test]
fn an_unknown_issuer_of_heroku_says_which_variable_helps() {
    let (_cloud, project) = heroku_with_tls();
    let told = ["cannot reach localhost:", "UnknownIssuer", "set SSL_CERT_FILE to a file"];
    let ran = project.run(&["plan"]).exits(1).tells(&told);
    assert!(!ran.stderr.contains("the same command again"), "{}", ran.stderr);
    let other = project.file("other-ca.pem").display().to_string();
    project.set("SSL_CERT_FILE", &other).run(&["plan"]).exits(1).tells(&told);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_holds_no_certificates_is_told_by_its_variable() {
    for (name, text) in [("gone.pem", None), ("empty.pem", Some("")), ("text.pem", Some("no certificate"))] {
        let (_cloud, project) = heroku_with_tls();
        if let Some(text) = text {
            project.write(name, text);
        }
        let file = project.file(name).display().to_string();
        project.set("SSL_CERT_FILE", &file).run(&["plan"]).exits(1).tells(&[
            "error: there are no certificates to trust: SSL_CERT_FILE",
            "hint: correct it, or unset it",
        ]);
    }
}
