//! stub
use crate::batch::Worker;
use crate::fuzz::Finding;
use std::time::Duration;
pub fn reduce(finding: Finding, _worker: &mut Worker, _time: Duration) -> std::io::Result<Finding> { Ok(finding) }
