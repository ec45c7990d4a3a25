//! What S3 says of a setting that this version does not understand. A setting is written as a whole, so that what was
//! not understood would be lost.
//!
//! What must not live here: what is made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use quick_xml::Reader;
use quick_xml::events::Event;

/// The elements that were not understood, by the setting.
pub type Unread = BTreeMap<&'static str, BTreeSet<String>>;

/// The notes of all reads of one bucket.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(Arc<Mutex<Unread>>);

impl Notes {
    /// Reads along what S3 answers about a setting whose elements are these.
    pub(super) fn along(&self, setting: &'static str, known: &'static [&'static str]) -> ReadAlong {
        ReadAlong { setting, known, notes: self.clone() }
    }

    pub(super) fn all(&self) -> Unread {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Notes the elements of an answer that the SDK passes over.
#[derive(Debug)]
pub struct ReadAlong {
    setting: &'static str,
    known: &'static [&'static str],
    notes: Notes,
}

impl Intercept for ReadAlong {
    fn name(&self) -> &'static str {
        "ReadAlong"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) =
            context.response().body().bytes().filter(|_| context.response().status().is_success())
        {
            let found = unknown(body, self.known);
            let mut notes = self.notes.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The last answer counts.
            notes.remove(self.setting);
            if !found.is_empty() {
                notes.insert(self.setting, found);
            }
        }
        Ok(())
    }
}

/// The names of the elements below the root that are not among these.
fn unknown(document: &[u8], known: &[&str]) -> BTreeSet<String> {
    let mut reader = Reader::from_reader(document);
    let (mut depth, mut found) = (0_usize, BTreeSet::new());
    let mut note = |name: &str, depth: usize| {
        if depth > 0 && !known.contains(&name) {
            found.insert(name.to_owned());
        }
    };
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                note(tag.local_name().as_ref(), depth);
                depth += 1;
            }
            Ok(Event::Empty(tag)) => note(tag.local_name().as_ref(), depth),
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            // What is no document was told by the SDK.
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_the_root_and_not_known_is_noted() {
        let names = |document: &str| {
            unknown(document.as_bytes(), &["Rule", "ID"]).into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("<Any xmlns=\"x\"><Rule><ID>a</ID></Rule><Rule/></Any>"), "");
        assert_eq!(names("<Any><Rule><ID>a</ID><Hold>1</Hold></Rule><Since/><a:Hold/></Any>"), "Hold Since");
        assert_eq!(names("half <Any><Rule"), "");
        assert_eq!(names(""), "");
    }
}
