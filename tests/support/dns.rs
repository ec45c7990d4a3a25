//! A nameserver on loopback that knows what a test tells it, as one that resolves for others answers: also what a name
//! that stands for another leads to.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CAA, CNAME, SOA};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

type Zone = BTreeMap<String, Vec<RData>>;

/// It serves until the test's process ends.
pub struct Nameserver {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Nameserver {
    /// One that knows no name. Below `broken.example` it fails.
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server =
            Self { address: socket.local_addr().unwrap(), zone: Arc::default(), asked: Arc::default() };
        let (zone, asked) = (Arc::clone(&server.zone), Arc::clone(&server.asked));
        std::thread::spawn(move || {
            let mut buffer = [0; 1500];
            while let Ok((length, client)) = socket.recv_from(&mut buffer) {
                let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
                let answer = answer(&question, &zone.lock().unwrap());
                asked.lock().unwrap().push(told(&question));
                let _ = socket.send_to(&answer.to_vec().unwrap(), client);
            }
        });
        server
    }

    /// The same, which knows a record: `CNAME`, `A`, `AAAA`, `CAA`, or `SOA` of the top of a zone.
    pub fn with(self, name: &str, kind: &str, value: &str) -> Self {
        let host = |text: &str| Name::from_ascii(format!("{text}.")).unwrap();
        let data = match kind {
            "CNAME" => RData::CNAME(CNAME(host(value))),
            "A" => RData::A(A(value.parse().unwrap())),
            "AAAA" => RData::AAAA(AAAA(value.parse().unwrap())),
            "CAA" => RData::CAA(CAA::new_issue(false, Some(host(value)), Vec::new())),
            "SOA" => RData::SOA(SOA::new(host(value), host("ops.example"), 1, 60, 60, 60, 60)),
            other => panic!("no record of kind {other}"),
        };
        self.zone.lock().unwrap().entry(name.to_owned()).or_default().push(data);
        self
    }

    /// What it was asked so far, as `CNAME app.ledger.example`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn plain(name: &Name) -> String {
    name.to_lowercase().to_ascii().trim_end_matches('.').to_owned()
}

fn told(question: &Message) -> String {
    let query = &question.queries[0];
    format!("{} {}", query.query_type, plain(&query.name))
}

fn answer(question: &Message, zone: &Zone) -> Message {
    let query = question.queries[0].clone();
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    let (mut name, kind) = (plain(&query.name), query.query_type);
    answer.add_query(query);
    if name.ends_with("broken.example") {
        answer.metadata.response_code = ResponseCode::ServFail;
        return answer;
    }
    loop {
        let Some(records) = zone.get(&name) else {
            answer.metadata.response_code = ResponseCode::NXDomain;
            return answer;
        };
        let mut next = None;
        for data in records {
            if data.record_type() == kind || data.record_type() == RecordType::CNAME {
                let owner = Name::from_ascii(format!("{name}.")).unwrap();
                answer.add_answer(Record::from_rdata(owner, 60, data.clone()));
            }
            if let (RData::CNAME(other), true) = (data, kind != RecordType::CNAME) {
                next = Some(plain(&other.0));
            }
        }
        match next {
            Some(next) => name = next,
            None => return answer,
        }
    }
}
