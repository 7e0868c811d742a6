//! Columns of text: what is searched and redacted of Arrow data, and the table of findings.
//!
//! Values are searched where they are, one by one, so that a finding never reaches over the border between two rows. Every
//! text in a dictionary is searched once, however many rows refer to it. A batch in which nothing is found passes through as
//! it came. Offsets count what Python counts: characters in columns of text, bytes in columns of binary data.

use crate::arrow::{self, Array, Batches, Buffer, CArray, CSchema, CStream, Field, Stream};
use crate::finding::Finding;
use crate::{data, work};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use scalr_detect::Scanner;
use std::borrow::Cow;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, PoisonError};

/// So many findings make a batch, about.
const BATCH: usize = 1 << 16;

/// How the values of a column lie in memory.
#[derive(Clone, Copy)]
enum Layout {
    /// Offsets of 32 bits, and data.
    Small,
    /// Offsets of 64 bits, and data.
    Large,
    /// Sixteen bytes a value: short ones themselves, or where they are.
    View,
}

/// A type of text or binary data.
#[derive(Clone, Copy)]
struct Kind {
    layout: Layout,
    is_text: bool,
}

impl Kind {
    /// What the values of a field are, be they in a dictionary; none, if they are no text.
    fn of(field: &Field) -> Option<Kind> {
        let format = field.dictionary.as_ref().map_or(&field.format, |dictionary| &dictionary.format);
        let (layout, is_text) = match &**format {
            "u" => (Layout::Small, true),
            "U" => (Layout::Large, true),
            "vu" => (Layout::View, true),
            "z" => (Layout::Small, false),
            "Z" => (Layout::Large, false),
            "vz" => (Layout::View, false),
            _ => return None,
        };
        Some(Kind { layout, is_text })
    }
}

/// Whether there is text anywhere below a field.
fn has_text(field: &Field) -> bool {
    Kind::of(field).is_some()
        || field.children.iter().any(has_text)
        || field.dictionary.as_deref().is_some_and(has_text)
}

/// The values of a column without a dictionary.
#[derive(Clone, Copy)]
struct Texts<'a> {
    array: &'a Array,
    layout: Layout,
    /// Where the data ends, as the last offset says.
    end: usize,
}

impl<'a> Texts<'a> {
    fn new(array: &'a Array, layout: Layout) -> Result<Texts<'a>, String> {
        let mut texts = Texts { array, layout, end: 0 };
        if array.length > 0 && !matches!(layout, Layout::View) {
            texts.end = texts.offset(array.length)?;
        }
        Ok(texts)
    }

    /// The value of a row; none, if it is null.
    fn get(&self, row: usize) -> Result<Option<&'a [u8]>, String> {
        if self.array.is_null(row) {
            return Ok(None);
        }
        let Layout::View = self.layout else {
            let (start, end) = (self.offset(row)?, self.offset(row + 1)?);
            if start > end || end > self.end {
                return Err("the offsets of an Arrow array are not in order".into());
            }
            return self.array.bytes(2, start, end - start).map(Some);
        };
        let view = self.array.view(row)?;
        let number = |at: usize| i32::from_ne_bytes([view[at], view[at + 1], view[at + 2], view[at + 3]]);
        let number =
            |at: usize| usize::try_from(number(at)).map_err(|_| "a view in an Arrow array is negative");
        let len = number(0)?;
        if len <= 12 {
            return Ok(Some(&view[4..4 + len]));
        }
        let (buffer, start) = (number(8)?, number(12)?);
        if buffer + 3 >= self.array.n_buffers()
            || usize::try_from(self.array.size_at(buffer)?).map_or(true, |size| start + len > size)
        {
            return Err("a view in an Arrow array points out of its buffer".into());
        }
        self.array.bytes(2 + buffer, start, len).map(Some)
    }

    fn offset(&self, row: usize) -> Result<usize, String> {
        let offset = match self.layout {
            Layout::Large => self.array.read_at::<i64>(1, row)?,
            _ => i64::from(self.array.read_at::<i32>(1, row)?),
        };
        usize::try_from(offset).map_err(|_| "an Arrow array has a negative offset".into())
    }
}

/// Where the dictionary of a column has the value of a row; none, if it is null.
fn key(array: &Array, format: &str, row: usize, len: usize) -> Result<Option<usize>, String> {
    if array.is_null(row) {
        return Ok(None);
    }
    let key = match format {
        "c" => i64::from(array.read_at::<i8>(1, row)?),
        "C" => i64::from(array.read_at::<u8>(1, row)?),
        "s" => i64::from(array.read_at::<i16>(1, row)?),
        "S" => i64::from(array.read_at::<u16>(1, row)?),
        "i" => i64::from(array.read_at::<i32>(1, row)?),
        "I" => i64::from(array.read_at::<u32>(1, row)?),
        "l" => array.read_at::<i64>(1, row)?,
        "L" => i64::try_from(array.read_at::<u64>(1, row)?).unwrap_or(-1),
        _ => return Err("the keys of a dictionary are of no type of integers".into()),
    };
    usize::try_from(key)
        .ok()
        .filter(|key| *key < len)
        .map(Some)
        .ok_or("a key is not in the dictionary".into())
}

/// What there is to search in a batch.
enum Plan {
    /// It is a column itself.
    Column(Kind),
    /// These of its columns.
    Table(Vec<(usize, Kind)>),
}

impl Plan {
    fn new(field: &Field, columns: Option<Vec<String>>) -> PyResult<Plan> {
        if field.format != "+s" {
            return match (Kind::of(field), columns) {
                (Some(kind), None) => Ok(Plan::Column(kind)),
                (Some(_), Some(_)) => {
                    Err(PyTypeError::new_err("columns is for tables, and this is one column"))
                }
                (None, _) => Err(PyTypeError::new_err(format!(
                    "a column of text or binary data, or a table with some, is needed, not Arrow type {:?}",
                    field.format
                ))),
            };
        }
        let all = field.children.iter().enumerate();
        let Some(columns) = columns else {
            // A column that is passed over without a word would be taken for searched.
            if let Some(nested) =
                field.children.iter().find(|field| Kind::of(field).is_none() && has_text(field))
            {
                return Err(PyTypeError::new_err(format!(
                    "the text in column {:?} is nested, which is not searched: make a flat column of it, or name the \
                     columns to search with columns=[…]",
                    nested.name
                )));
            }
            return Ok(Plan::Table(
                all.filter_map(|(index, field)| Some((index, Kind::of(field)?))).collect(),
            ));
        };
        let one = |name: String| {
            let mut named = all.clone().filter(|(_, field)| field.name == name).peekable();
            if named.peek().is_none() {
                let names: Vec<&str> = field.children.iter().map(|field| &*field.name).collect();
                return Err(PyValueError::new_err(format!(
                    "there is no column {name:?}: there are {}",
                    names.join(", ")
                )));
            }
            let named = named.map(|(index, field)| {
                Kind::of(field).map(|kind| (index, kind)).ok_or_else(|| {
                    PyTypeError::new_err(format!(
                        "column {name:?} has neither text nor binary data: leave it out"
                    ))
                })
            });
            named.collect::<PyResult<Vec<_>>>()
        };
        let chosen: Vec<_> = columns.into_iter().map(one).collect::<PyResult<_>>()?;
        let mut chosen: Vec<(usize, Kind)> = chosen.into_iter().flatten().collect();
        chosen.sort_by_key(|(index, _)| *index);
        chosen.dedup_by_key(|(index, _)| *index);
        Ok(Plan::Table(chosen))
    }
}

/// Batches of one array.
struct One {
    field: Field,
    array: Option<Arc<Array>>,
}

impl Batches for One {
    fn field(&self) -> &Field {
        &self.field
    }

    fn next(&mut self) -> Result<Option<Arc<Array>>, String> {
        Ok(self.array.take())
    }
}

/// What an object has to offer.
enum Source {
    Stream(Stream),
    Array(One),
}

impl Source {
    /// Asks an object for its data: for a stream first, which tables and columns in chunks have.
    fn of(object: &Bound<'_, PyAny>) -> PyResult<Source> {
        let py = object.py();
        if let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_stream__"))? {
            let stream = taken(&method.call0()?, CStream::CAPSULE, CStream::take)?;
            // Without the interpreter: what makes the data may need it in another thread.
            return work(py, usize::MAX, || Stream::import(stream))?.map(Source::Stream).map_err(fault);
        }
        if let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_array__"))? {
            let capsules = method.call0()?;
            let (schema, array) = (capsules.get_item(0)?, capsules.get_item(1)?);
            let schema = taken(&schema, CSchema::CAPSULE, CSchema::take)?;
            let array = taken(&array, CArray::CAPSULE, CArray::take)?;
            let field = Field::import(schema).map_err(fault)?;
            let array = Some(Arc::new(Array::import(array, &field).map_err(fault)?));
            return Ok(Source::Array(One { field, array }));
        }
        Err(PyTypeError::new_err(format!(
            "an object with Arrow data is needed (with the method __arrow_c_stream__ or __arrow_c_array__), such as a \
             pyarrow, polars or DuckDB table or column, not {}",
            object.get_type().name()?
        )))
    }

    fn batches(self) -> Box<dyn Batches> {
        match self {
            Source::Stream(stream) => Box::new(stream),
            Source::Array(one) => Box::new(one),
        }
    }
}

/// What is in a capsule. It is moved out, so a capsule serves once.
fn taken<T>(capsule: &Bound<'_, PyAny>, name: &CStr, take: unsafe fn(*mut T) -> Option<T>) -> PyResult<T> {
    let capsule = capsule
        .cast::<PyCapsule>()
        .map_err(|_| PyTypeError::new_err("a method of the Arrow interface returned no capsule"))?;
    let pointer = capsule.pointer_checked(Some(name))?;
    // SAFETY: a capsule of this name points to this structure, and while we are in this call nobody else uses it.
    let taken = unsafe { take(pointer.cast().as_ptr()) };
    taken.ok_or_else(|| PyValueError::new_err("the Arrow data of this capsule has been taken already"))
}

fn fault(message: String) -> PyErr {
    // It may be the text of another library, which may quote what it had before it.
    let message = Scanner::new().redact(&message).into_owned();
    PyValueError::new_err(String::from_utf8_lossy(&message).into_owned())
}

/// Searches all of it, now.
pub(crate) fn scan(
    scanner: &Scanner,
    object: &Bound<'_, PyAny>,
    columns: Option<Vec<String>>,
) -> PyResult<ArrowStream> {
    let mut batches = Source::of(object)?.batches();
    let plan = Plan::new(batches.field(), columns)?;
    let batches = work(object.py(), usize::MAX, || {
        let (mut table, mut done, mut before) = (Table::default(), Vec::new(), 0);
        while let Some(batch) = batches.next()? {
            let mut search = Search { scanner, table: &mut table, done: &mut done, before };
            search.batch(&batch, batches.field(), &plan)?;
            before += batch.length;
        }
        if table.len() > 0 || done.is_empty() {
            done.push(table.finish());
        }
        Ok(done)
    })?;
    Ok(ArrowStream(Mutex::new(Some(Kept::All(Table::field(), batches.map_err(fault)?)))))
}

/// The search of a batch.
struct Search<'s> {
    scanner: &'s Scanner,
    table: &'s mut Table,
    done: &'s mut Vec<Arc<Array>>,
    /// How many rows were before it.
    before: usize,
}

impl Search<'_> {
    fn batch(&mut self, batch: &Array, field: &Field, plan: &Plan) -> Result<(), String> {
        let columns = match plan {
            Plan::Column(kind) => return self.column(batch, field, *kind, None),
            Plan::Table(columns) => columns,
        };
        for (index, kind) in columns {
            self.column(&batch.children[*index], &field.children[*index], *kind, Some(batch))?;
        }
        Ok(())
    }

    /// Searches a column, be it one of a table.
    fn column(
        &mut self,
        column: &Array,
        field: &Field,
        kind: Kind,
        table: Option<&Array>,
    ) -> Result<(), String> {
        // The rows of a table are counted behind its own offset.
        let (skip, rows) = table.map_or((0, column.length), |table| (table.offset, table.length));
        if skip + rows > column.length {
            return Err("a column is shorter than its table".into());
        }
        let name = table.map(|_| &*field.name);
        let is_there = |row: usize| table.is_none_or(|table| !table.is_null(row));
        let Some(dictionary) = &column.dictionary else {
            let texts = Texts::new(column, kind.layout)?;
            for row in (0..rows).filter(|row| is_there(*row)) {
                if let Some(text) = texts.get(skip + row)? {
                    let scanner = self.scanner;
                    data::each_finding(scanner, text, kind.is_text, |found| {
                        self.put(row, name, &found);
                    });
                }
            }
            return Ok(());
        };
        let texts = Texts::new(dictionary, kind.layout)?;
        // Of each text, when it is first met.
        let mut known: Vec<Option<Vec<Finding>>> = Vec::new();
        known.resize_with(dictionary.length, || None);
        for row in (0..rows).filter(|row| is_there(*row)) {
            let Some(key) = key(column, &field.format, skip + row, dictionary.length)? else { continue };
            if known[key].is_none() {
                let mut findings = Vec::new();
                if let Some(text) = texts.get(key)? {
                    data::each_finding(self.scanner, text, kind.is_text, |found| findings.push(found));
                }
                known[key] = Some(findings);
            }
            for found in known[key].iter().flatten() {
                self.put(row, name, found);
            }
        }
        Ok(())
    }

    fn put(&mut self, row: usize, column: Option<&str>, found: &Finding) {
        self.table.push(self.before + row, column, found);
        if self.table.len() >= BATCH {
            self.done.push(std::mem::take(self.table).finish());
        }
    }
}

/// The table of findings, being filled.
#[derive(Default)]
struct Table {
    rows: Vec<i64>,
    fields: Strings,
    /// Whether there are fields at all: of one column there are none.
    has_fields: bool,
    detectors: Strings,
    /// Start, end, start and end of the match, line, column.
    numbers: [Vec<i64>; 6],
    confidences: Strings,
    severities: Strings,
    fingerprints: Strings,
    decoders: Lists,
    details: Lists,
    values: Strings,
    weak: Bits,
    placeholders: Bits,
}

impl Table {
    const NUMBERS: [&str; 6] = ["start", "end", "match_start", "match_end", "line", "column"];

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn push(&mut self, row: usize, field: Option<&str>, found: &Finding) {
        self.rows.push(row as i64);
        self.has_fields |= field.is_some();
        self.fields.push(field.unwrap_or_default());
        self.detectors.push(&found.detector);
        let numbers = [found.start, found.end, found.match_start, found.match_end, found.line, found.column];
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number as i64);
        }
        self.confidences.push(found.confidence.name());
        self.severities.push(found.severity.name());
        self.fingerprints.push(&found.fingerprint);
        self.decoders.push(found.decoded_by.iter().map(|name| &**name));
        self.details.push(found.details.iter().map(|(name, _)| &**name));
        found.details.iter().for_each(|(_, value)| self.values.push(value));
        self.weak.push(found.weak);
        self.placeholders.push(found.placeholder);
    }

    /// Its type. The secrets are not in it, as tables are kept and shown.
    fn field() -> Field {
        let text = |name: &str| Field::new(name, "u", false, Vec::new());
        let number = |name: &str| Field::new(name, "l", false, Vec::new());
        let mut fields = vec![number("row"), Field::new("field", "u", true, Vec::new()), text("detector")];
        fields.extend(Table::NUMBERS.map(number));
        fields.extend([text("confidence"), text("severity"), text("fingerprint")]);
        fields.push(Field::new("decoded_by", "+l", false, vec![text("item")]));
        let value = Field::new("value", "u", true, Vec::new());
        let entries = Field::new("entries", "+s", false, vec![text("key"), value]);
        fields.push(Field::new("details", "+m", false, vec![entries]));
        fields.extend(["weak", "placeholder"].map(|name| Field::new(name, "b", false, Vec::new())));
        Field::new("", "+s", false, fields)
    }

    fn finish(self) -> Arc<Array> {
        let rows = self.len();
        let numbers = |numbers: Vec<i64>| Arc::new(Array::new(rows, 0, vec![None, Some(numbers.into())]));
        let mut fields = self.fields.finish();
        if !self.has_fields {
            let none: Vec<u8> = vec![0; rows.div_ceil(8)];
            let offsets: Vec<i32> = vec![0; rows + 1];
            let buffers = vec![Some(none.into()), Some(offsets.into()), Some(Vec::<u8>::new().into())];
            fields = Array::new(rows, rows as i64, buffers);
        }
        let mut columns = vec![numbers(self.rows), Arc::new(fields), Arc::new(self.detectors.finish())];
        columns.extend(self.numbers.map(numbers));
        let texts = [self.confidences, self.severities, self.fingerprints];
        columns.extend(texts.map(|texts| Arc::new(texts.finish())));
        columns.push(Arc::new(self.decoders.finish(|names| names)));
        columns.push(Arc::new(self.details.finish(|names| {
            let mut entries = Array::new(names.length, 0, vec![None]);
            entries.children = vec![Arc::new(names), Arc::new(self.values.finish())];
            entries
        })));
        columns.extend([self.weak, self.placeholders].map(|bits| Arc::new(bits.finish())));
        let mut table = Array::new(rows, 0, vec![None]);
        table.children = columns;
        Arc::new(table)
    }
}

/// A column of booleans, being filled: bits, the lowest of each byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    length: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.length.is_multiple_of(8) {
            self.bytes.push(0);
        }
        self.bytes[self.length / 8] |= u8::from(bit) << (self.length % 8);
        self.length += 1;
    }

    fn finish(self) -> Array {
        Array::new(self.length, 0, vec![None, Some(self.bytes.into())])
    }
}

/// A column of text, being filled. A batch has too few findings for offsets of 32 bits to be too small.
struct Strings {
    offsets: Vec<i32>,
    data: Vec<u8>,
}

impl Default for Strings {
    fn default() -> Strings {
        Strings { offsets: vec![0], data: Vec::new() }
    }
}

impl Strings {
    fn push(&mut self, text: &str) {
        self.data.extend_from_slice(text.as_bytes());
        self.offsets.push(i32::try_from(self.data.len()).expect("a batch is small"));
    }

    fn finish(self) -> Array {
        let rows = self.offsets.len() - 1;
        Array::new(rows, 0, vec![None, Some(self.offsets.into()), Some(self.data.into())])
    }
}

/// A column of lists of text, being filled.
struct Lists {
    offsets: Vec<i32>,
    items: Strings,
}

impl Default for Lists {
    fn default() -> Lists {
        Lists { offsets: vec![0], items: Strings::default() }
    }
}

impl Lists {
    fn push<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        texts.for_each(|text| self.items.push(text));
        self.offsets.push(i32::try_from(self.items.offsets.len() - 1).expect("a batch is small"));
    }

    /// With the items as they are, or as entries of a map.
    fn finish(self, items: impl FnOnce(Array) -> Array) -> Array {
        let mut lists = Array::new(self.offsets.len() - 1, 0, vec![None, Some(self.offsets.into())]);
        lists.children = vec![Arc::new(items(self.items.finish()))];
        lists
    }
}

/// Redacts an array now, a stream as it is read.
pub(crate) fn redact<'py>(
    scanner: &Scanner,
    object: &Bound<'py, PyAny>,
    columns: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    match Source::of(object)? {
        Source::Stream(stream) => {
            let plan = Plan::new(stream.field(), columns)?;
            let redacted = Redacted { scanner: scanner.clone(), plan, stream };
            let stream = ArrowStream(Mutex::new(Some(Kept::Once(Box::new(redacted)))));
            Ok(Bound::new(py, stream)?.into_any())
        }
        Source::Array(One { field, array }) => {
            let plan = Plan::new(&field, columns)?;
            let array = array.ok_or_else(|| PyValueError::new_err("there is no array"))?;
            let array = work(py, usize::MAX, || redact_batch(scanner, &array, &field, &plan))?;
            Ok(Bound::new(py, ArrowArray { field, array: array.map_err(fault)? })?.into_any())
        }
    }
}

/// A stream that is redacted as it is read.
struct Redacted {
    scanner: Scanner,
    plan: Plan,
    stream: Stream,
}

impl Batches for Redacted {
    fn field(&self) -> &Field {
        self.stream.field()
    }

    fn next(&mut self) -> Result<Option<Arc<Array>>, String> {
        let Some(batch) = self.stream.next()? else { return Ok(None) };
        redact_batch(&self.scanner, &batch, self.stream.field(), &self.plan).map(Some)
    }
}

fn redact_batch(
    scanner: &Scanner,
    batch: &Arc<Array>,
    field: &Field,
    plan: &Plan,
) -> Result<Arc<Array>, String> {
    let columns = match plan {
        Plan::Column(kind) => return redact_column(scanner, batch, *kind),
        Plan::Table(columns) => columns,
    };
    debug_assert_eq!(batch.children.len(), field.children.len());
    let mut redacted = Array::clone(batch);
    for (index, kind) in columns {
        let column = &mut redacted.children[*index];
        *column = redact_column(scanner, column, *kind)?;
    }
    Ok(Arc::new(redacted))
}

fn redact_column(scanner: &Scanner, column: &Arc<Array>, kind: Kind) -> Result<Arc<Array>, String> {
    if let Some(dictionary) = &column.dictionary {
        let mut redacted = Array::clone(column);
        redacted.dictionary = Some(redact_texts(scanner, dictionary, kind.layout)?);
        return Ok(Arc::new(redacted));
    }
    redact_texts(scanner, column, kind.layout)
}

/// A column with secrets replaced: the same one, if there are none.
fn redact_texts(scanner: &Scanner, column: &Arc<Array>, layout: Layout) -> Result<Arc<Array>, String> {
    let texts = Texts::new(column, layout)?;
    // Which rows are other, in order.
    let mut changes = Vec::new();
    for row in 0..column.length {
        if let Some(text) = texts.get(row)?
            && let Cow::Owned(redacted) = scanner.redact(text)
        {
            changes.push((row, redacted));
        }
    }
    if changes.is_empty() {
        return Ok(column.clone());
    }
    let redacted = match layout {
        Layout::Small => {
            let too_long =
                |_| "a redacted chunk has more than 2 GiB of text: use the large type, or smaller chunks";
            rewritten(&texts, &changes, |offset| i32::try_from(offset).map_err(too_long))?
        }
        Layout::Large => rewritten(&texts, &changes, |offset| Ok(offset as i64))?,
        Layout::View => repointed(&texts, &changes)?,
    };
    Ok(Arc::new(redacted))
}

/// Offsets and data written anew.
fn rewritten<O: Send + Sync + 'static>(
    texts: &Texts<'_>,
    changes: &[(usize, Vec<u8>)],
    offset: impl Fn(usize) -> Result<O, &'static str>,
) -> Result<Array, String> {
    let rows = texts.array.length;
    let (mut offsets, mut data) = (Vec::with_capacity(rows + 1), Vec::new());
    offsets.push(offset(0)?);
    let mut changes = changes.iter().peekable();
    for row in 0..rows {
        match changes.next_if(|(changed, _)| *changed == row) {
            Some((_, redacted)) => data.extend_from_slice(redacted),
            None => data.extend_from_slice(texts.get(row)?.unwrap_or_default()),
        }
        offsets.push(offset(data.len())?);
    }
    let (bits, nulls) = validity(texts.array);
    Ok(Array::new(rows, nulls, vec![bits, Some(offsets.into()), Some(data.into())]))
}

/// Views that point to where the text is, those of the changes into new buffers.
fn repointed(texts: &Texts<'_>, changes: &[(usize, Vec<u8>)]) -> Result<Array, String> {
    let array = texts.array;
    let (rows, old) = (array.length, array.n_buffers() - 3);
    // Aligned to the size of a view, as some readers want.
    let mut views: Vec<u128> = Vec::with_capacity(rows);
    for row in 0..rows {
        views.push(u128::from_ne_bytes(*array.view(row)?));
    }
    let mut buffers: Vec<Vec<u8>> = vec![Vec::new()];
    for (row, redacted) in changes {
        let number = |number: usize| {
            i32::try_from(number)
                .map(i32::to_ne_bytes)
                .map_err(|_| "a redacted value has more than 2 GiB".to_owned())
        };
        let mut view = [0; 16];
        view[..4].copy_from_slice(&number(redacted.len())?);
        if redacted.len() <= 12 {
            view[4..4 + redacted.len()].copy_from_slice(redacted);
        } else {
            let full = buffers.last().is_some_and(|last| last.len() + redacted.len() > i32::MAX as usize);
            if full {
                buffers.push(Vec::new());
            }
            let index = old + buffers.len() - 1;
            let buffer = buffers.last_mut().ok_or("there is a buffer")?;
            view[4..8].copy_from_slice(&redacted[..4]);
            view[8..12].copy_from_slice(&number(index)?);
            view[12..].copy_from_slice(&number(buffer.len())?);
            buffer.extend_from_slice(redacted);
        }
        views[*row] = u128::from_ne_bytes(view);
    }
    let mut sizes = (0..old).map(|index| array.size_at(index)).collect::<Result<Vec<i64>, _>>()?;
    sizes.extend(buffers.iter().map(|buffer| buffer.len() as i64));
    let (bits, nulls) = validity(array);
    let mut own = vec![bits, Some(views.into())];
    own.extend(buffers.into_iter().map(|buffer| Some(buffer.into())));
    own.push(Some(sizes.into()));
    Ok(array.sharing(2..2 + old, Array::new(rows, nulls, own)))
}

/// The bitmap of an array that starts at its first row, and how many nulls there are.
fn validity(array: &Array) -> (Option<Buffer>, i64) {
    let mut bits = vec![0u8; array.length.div_ceil(8)];
    let mut nulls = 0;
    for row in 0..array.length {
        let is_null = array.is_null(row);
        nulls += i64::from(is_null);
        bits[row / 8] |= u8::from(!is_null) << (row % 8);
    }
    ((nulls > 0).then(|| bits.into()), nulls)
}

/// What a stream of ours has.
enum Kept {
    /// All of it, for as many readers as want it.
    All(Field, Vec<Arc<Array>>),
    /// For one reader.
    Once(Box<dyn Batches>),
}

/// The batches of what is there.
struct Listed {
    field: Field,
    batches: std::vec::IntoIter<Arc<Array>>,
}

impl Batches for Listed {
    fn field(&self) -> &Field {
        &self.field
    }

    fn next(&mut self) -> Result<Option<Arc<Array>>, String> {
        Ok(self.batches.next())
    }
}

/// Arrow data in batches, for whatever reads ``__arrow_c_stream__``, such as ``pyarrow.table(stream)``.
#[pyclass(module = "scalr_detect", frozen)]
pub(crate) struct ArrowStream(Mutex<Option<Kept>>);

#[pymethods]
impl ArrowStream {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        // Locked for a moment only, in which the interpreter is not asked for anything.
        let field = match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Kept::All(field, _)) => field.clone(),
            Some(Kept::Once(batches)) => batches.field().clone(),
            None => return Err(read_already()),
        };
        PyCapsule::new_with_value(py, field.export(), CSchema::CAPSULE)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // To give another type than there is, is left to those who can.
        let _ = requested_schema;
        let batches: Box<dyn Batches> = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.take().ok_or_else(read_already)? {
                Kept::Once(batches) => batches,
                Kept::All(field, batches) => {
                    let listed = Listed { field: field.clone(), batches: batches.clone().into_iter() };
                    *kept = Some(Kept::All(field, batches));
                    Box::new(listed)
                }
            }
        };
        PyCapsule::new_with_value(py, arrow::export(batches), CStream::CAPSULE)
    }
}

fn read_already() -> PyErr {
    PyValueError::new_err("this stream has been read already, and can be once: call redact_arrow again")
}

/// Arrow data in one piece, for whatever reads ``__arrow_c_array__``, such as ``pyarrow.array(array)``.
#[pyclass(module = "scalr_detect", frozen)]
pub(crate) struct ArrowArray {
    field: Field,
    array: Arc<Array>,
}

#[pymethods]
impl ArrowArray {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        PyCapsule::new_with_value(py, self.field.export(), CSchema::CAPSULE)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let _ = requested_schema;
        let schema = PyCapsule::new_with_value(py, self.field.export(), CSchema::CAPSULE)?;
        let array = PyCapsule::new_with_value(py, self.array.export(), CArray::CAPSULE)?;
        PyTuple::new(py, [schema, array])
    }
}
