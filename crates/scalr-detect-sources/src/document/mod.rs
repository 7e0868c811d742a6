//! Files in which a text does not lie in one piece: databases and documents. Their bytes are scanned as they are, too.

pub(crate) mod pdf;
pub(crate) mod sqlite;
