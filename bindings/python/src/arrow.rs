//! Arrow's C data interface: structures of pointers in, plain values out, and back.
//!
//! The layout of the three structures and who frees what are Arrow's specification; they are written out here because the
//! libraries that have them would make the package several times as large. What another library hands over is copied
//! ([`Field`]) or kept until nobody points into it any more ([`Array`]). Counts, offsets and lengths are checked before they
//! are used. What cannot be checked is trusted, as the interface has no other way: that a buffer is as long as the last
//! offset into it says, and that memory handed over does not change.

use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

/// No real type is nested so deep, and a cycle of pointers would be.
const DEPTH: usize = 64;
/// No real column has so many children or buffers.
const MANY: i64 = 1 << 20;
/// Flag of a field that may have nulls.
const NULLABLE: i64 = 2;
/// What a callback returns that fails: EIO.
const FAILED: c_int = 5;

/// `ArrowSchema`: a type.
#[repr(C)]
pub(crate) struct CSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut CSchema,
    dictionary: *mut CSchema,
    release: Option<unsafe extern "C" fn(*mut CSchema)>,
    private: *mut c_void,
}

/// `ArrowArray`: a column or a batch.
#[repr(C)]
pub(crate) struct CArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut CArray,
    dictionary: *mut CArray,
    release: Option<unsafe extern "C" fn(*mut CArray)>,
    private: *mut c_void,
}

/// `ArrowArrayStream`: batches, one after the other.
#[repr(C)]
pub(crate) struct CStream {
    get_schema: Option<unsafe extern "C" fn(*mut CStream, *mut CSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut CStream, *mut CArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut CStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut CStream)>,
    private: *mut c_void,
}

/// What the three have in common.
macro_rules! owned {
    ($($type:ident, $capsule:literal;)+) => {$(
        impl $type {
            /// The name of its capsules.
            pub(crate) const CAPSULE: &CStr = $capsule;

            /// A structure to be filled in by somebody else: released, with nothing in it.
            fn empty() -> $type {
                // SAFETY: all fields are integers, pointers and optional functions, for which zeros are 0, null and None.
                unsafe { std::mem::zeroed() }
            }

            /// Moves the structure out of where it was handed over, which is then a released one; none if it was before.
            ///
            /// # Safety
            ///
            /// `from` points to such a structure, which nobody else uses at this time.
            pub(crate) unsafe fn take(from: *mut $type) -> Option<$type> {
                // SAFETY: the caller's promise. Moving is copying and marking the source as released.
                let taken = unsafe { ptr::replace(from, $type::empty()) };
                taken.release.is_some().then_some(taken)
            }
        }

        impl Drop for $type {
            fn drop(&mut self) {
                if let Some(release) = self.release {
                    // SAFETY: it is not released yet, and is released once: the callback sets `release` to null.
                    unsafe { release(self) }
                }
            }
        }

        // SAFETY: the specification lets these structures be used and released from any thread, one at a time.
        unsafe impl Send for $type {}
    )+};
}

owned! {
    CSchema, c"arrow_schema";
    CArray, c"arrow_array";
    CStream, c"arrow_array_stream";
}

// SAFETY: an array is only read until it is dropped, once; see `Imported`.
unsafe impl Sync for CArray {}

/// A type: its format, as the specification names formats, its name and what is below it.
#[derive(Clone, Default)]
pub(crate) struct Field {
    pub(crate) format: String,
    pub(crate) name: String,
    metadata: Option<Vec<u8>>,
    flags: i64,
    pub(crate) children: Vec<Field>,
    pub(crate) dictionary: Option<Box<Field>>,
}

impl Field {
    /// A field with a name.
    pub(crate) fn new(name: &str, format: &str, nullable: bool, children: Vec<Field>) -> Field {
        let flags = if nullable { NULLABLE } else { 0 };
        Field { format: format.into(), name: name.into(), flags, children, ..Field::default() }
    }

    /// Copies it.
    pub(crate) fn import(schema: CSchema) -> Result<Field, String> {
        Field::read(&schema, 0)
    }

    fn read(schema: &CSchema, depth: usize) -> Result<Field, String> {
        if schema.release.is_none() {
            return Err("an Arrow schema has been released already".into());
        }
        if depth > DEPTH {
            return Err("an Arrow schema is nested too deep".into());
        }
        let text = |text: *const c_char| {
            // SAFETY: texts of a schema that is not released are null or end with a zero.
            (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
        };
        let format = text(schema.format).ok_or("an Arrow schema has no format")?;
        let n_children = count(schema.n_children, "children of an Arrow schema", schema.children.is_null())?;
        let child = |index: usize| {
            // SAFETY: there are so many pointers, and each that is not null points to a schema that lives as long as its
            // parent.
            let child = unsafe { (*schema.children.add(index)).as_ref() };
            Field::read(child.ok_or("a child of an Arrow schema is missing")?, depth + 1)
        };
        // SAFETY: it is null or points to a schema that lives as long as its parent.
        let dictionary = unsafe { schema.dictionary.as_ref() };
        let dictionary = dictionary.map(|dictionary| Field::read(dictionary, depth + 1).map(Box::new));
        Ok(Field {
            format,
            name: text(schema.name).unwrap_or_default(),
            metadata: metadata(schema.metadata)?,
            flags: schema.flags,
            children: (0..n_children).map(child).collect::<Result<_, _>>()?,
            dictionary: dictionary.transpose()?,
        })
    }

    /// The structure for somebody else.
    pub(crate) fn export(&self) -> CSchema {
        struct Private {
            _texts: [CString; 2],
            _metadata: Option<Vec<u8>>,
            children: Vec<*mut CSchema>,
            dictionary: *mut CSchema,
        }
        unsafe extern "C" fn release(schema: *mut CSchema) {
            // SAFETY: Arrow calls this once with the structure made below, whose `private` is such a box. A child or
            // dictionary that has been moved out is a released one.
            unsafe {
                let private = Box::from_raw((*schema).private.cast::<Private>());
                private.children.iter().for_each(|child| drop(Box::from_raw(*child)));
                if !private.dictionary.is_null() {
                    drop(Box::from_raw(private.dictionary));
                }
                (*schema).release = None;
            }
        }
        let boxed = |field: &Field| Box::into_raw(Box::new(field.export()));
        // They have been C strings or have been written here, so there is no zero in them.
        let text = |text: &str| CString::new(text).unwrap_or_default();
        let mut private = Box::new(Private {
            _texts: [text(&self.format), text(&self.name)],
            _metadata: self.metadata.clone(),
            children: self.children.iter().map(boxed).collect(),
            dictionary: self.dictionary.as_deref().map_or(ptr::null_mut(), boxed),
        });
        CSchema {
            format: private._texts[0].as_ptr(),
            name: private._texts[1].as_ptr(),
            metadata: private._metadata.as_ref().map_or(ptr::null(), |metadata| metadata.as_ptr().cast()),
            flags: self.flags,
            n_children: private.children.len() as i64,
            children: private.children.as_mut_ptr(),
            dictionary: private.dictionary,
            release: Some(release),
            private: Box::into_raw(private).cast(),
        }
    }
}

/// A count that was handed over, if there can be so many and the pointer to them is there.
fn count(count: i64, what: &str, is_null: bool) -> Result<usize, String> {
    match usize::try_from(count) {
        Ok(0) => Ok(0),
        Ok(some) if count <= MANY && !is_null => Ok(some),
        _ => Err(format!("the number of {what} is wrong")),
    }
}

/// Copies metadata: a number of pairs, then each key and value behind its length, all numbers of 32 bits.
fn metadata(at: *const c_char) -> Result<Option<Vec<u8>>, String> {
    if at.is_null() {
        return Ok(None);
    }
    let mut len = 0;
    let mut number = |skip: usize| {
        len += skip;
        // SAFETY: metadata has a number here: at its start, or behind the key or value whose length was read before.
        let number = unsafe { at.add(len).cast::<i32>().read_unaligned() };
        len += 4;
        match usize::try_from(number) {
            Ok(number) if i64::from(number as u32) <= 64 * MANY => Ok(number),
            _ => Err("the metadata of an Arrow schema is malformed".to_owned()),
        }
    };
    let pairs = number(0)?;
    let mut skip = 0;
    for _ in 0..2 * pairs {
        skip = number(skip)?;
    }
    len += skip;
    // SAFETY: it is as long as has just been counted.
    Ok(Some(unsafe { std::slice::from_raw_parts(at.cast::<u8>(), len) }.to_vec()))
}

/// A column or a batch: pointers into memory of somebody else or of our own, which is kept as long as it is.
#[derive(Clone)]
pub(crate) struct Array {
    pub(crate) length: usize,
    pub(crate) offset: usize,
    /// -1: not counted.
    pub(crate) null_count: i64,
    buffers: Vec<*const c_void>,
    pub(crate) children: Vec<Arc<Array>>,
    pub(crate) dictionary: Option<Arc<Array>>,
    /// What the buffers point into. Held, never looked at.
    memory: Vec<Arc<dyn Any + Send + Sync>>,
}

// SAFETY: the memory it points into is kept by `memory`, and is only read.
unsafe impl Send for Array {}
// SAFETY: as for Send.
unsafe impl Sync for Array {}

impl Array {
    /// An array of our own. Each buffer is a vector that it keeps; none stands for a null pointer.
    pub(crate) fn new(length: usize, null_count: i64, buffers: Vec<Option<Buffer>>) -> Array {
        let pointers =
            buffers.iter().map(|buffer| buffer.as_ref().map_or(ptr::null(), |buffer| buffer.start));
        Array {
            length,
            offset: 0,
            null_count,
            buffers: pointers.collect(),
            children: Vec::new(),
            dictionary: None,
            memory: buffers.into_iter().flatten().map(|buffer| buffer.memory).collect(),
        }
    }

    /// An array of our own that shares some buffers with this one: those with these numbers, put after the first two.
    pub(crate) fn sharing(&self, shared: std::ops::Range<usize>, mut with: Array) -> Array {
        with.buffers.splice(2..2, self.buffers[shared].iter().copied());
        with.memory.extend(self.memory.iter().cloned());
        with
    }

    /// Takes an array of this type over.
    pub(crate) fn import(array: CArray, field: &Field) -> Result<Array, String> {
        let owner = Arc::new(array);
        Array::read(&owner, field, &owner)
    }

    fn read(array: &CArray, field: &Field, owner: &Arc<CArray>) -> Result<Array, String> {
        if array.release.is_none() {
            return Err("an Arrow array has been released already".into());
        }
        let (Ok(length), Ok(offset)) = (usize::try_from(array.length), usize::try_from(array.offset)) else {
            return Err("an Arrow array has a negative length or offset".into());
        };
        // So that no product with a width of up to sixteen bytes overflows.
        if length.checked_add(offset).is_none_or(|rows| rows > isize::MAX as usize / 32) {
            return Err("an Arrow array is longer than memory can be".into());
        }
        let n_buffers = count(array.n_buffers, "buffers of an Arrow array", array.buffers.is_null())?;
        let n_children = count(array.n_children, "children of an Arrow array", array.children.is_null())?;
        if n_children != field.children.len() || array.dictionary.is_null() != field.dictionary.is_none() {
            return Err("an Arrow array does not have the children that its schema has".into());
        }
        let least = match &*field.format {
            "u" | "U" | "z" | "Z" | "vu" | "vz" => 3,
            "+s" => 1,
            _ if field.dictionary.is_some() => 2,
            _ => 0,
        };
        if n_buffers < least {
            return Err("an Arrow array has fewer buffers than its type needs".into());
        }
        let child = |index: usize| {
            // SAFETY: there are so many pointers, and each that is not null points to an array that lives as long as its
            // parent.
            let child = unsafe { (*array.children.add(index)).as_ref() };
            let child = child.ok_or("a child of an Arrow array is missing")?;
            Array::read(child, &field.children[index], owner).map(Arc::new)
        };
        // SAFETY: it is null or points to an array that lives as long as its parent.
        let dictionary = unsafe { array.dictionary.as_ref() }.zip(field.dictionary.as_deref());
        let dictionary =
            dictionary.map(|(dictionary, field)| Array::read(dictionary, field, owner).map(Arc::new));
        // SAFETY: there are so many pointers.
        let buffers = (0..n_buffers).map(|index| unsafe { *array.buffers.add(index) });
        Ok(Array {
            length,
            // What is empty starts anywhere; some readers want it to be within the buffers all the same.
            offset: if length == 0 { 0 } else { offset },
            null_count: array.null_count,
            buffers: buffers.collect(),
            children: (0..n_children).map(child).collect::<Result<_, _>>()?,
            dictionary: dictionary.transpose()?,
            memory: vec![owner.clone()],
        })
    }

    /// The structure for somebody else, who shares the memory.
    pub(crate) fn export(self: &Arc<Array>) -> CArray {
        struct Private {
            array: Arc<Array>,
            children: Vec<*mut CArray>,
            dictionary: *mut CArray,
        }
        unsafe extern "C" fn release(array: *mut CArray) {
            // SAFETY: Arrow calls this once with the structure made below, whose `private` is such a box. A child or
            // dictionary that has been moved out is a released one.
            unsafe {
                let private = Box::from_raw((*array).private.cast::<Private>());
                private.children.iter().for_each(|child| drop(Box::from_raw(*child)));
                if !private.dictionary.is_null() {
                    drop(Box::from_raw(private.dictionary));
                }
                (*array).release = None;
            }
        }
        let boxed = |array: &Arc<Array>| Box::into_raw(Box::new(array.export()));
        let mut private = Box::new(Private {
            array: self.clone(),
            children: self.children.iter().map(boxed).collect(),
            dictionary: self.dictionary.as_ref().map_or(ptr::null_mut(), boxed),
        });
        CArray {
            length: self.length as i64,
            null_count: self.null_count,
            offset: self.offset as i64,
            n_buffers: self.buffers.len() as i64,
            n_children: private.children.len() as i64,
            // Nobody writes to it: the specification has it constant.
            buffers: private.array.buffers.as_ptr().cast_mut(),
            children: private.children.as_mut_ptr(),
            dictionary: private.dictionary,
            release: Some(release),
            private: Box::into_raw(private).cast(),
        }
    }

    /// How many buffers there are.
    pub(crate) fn n_buffers(&self) -> usize {
        self.buffers.len()
    }

    /// The element of a buffer at a row, not counting the array's own offset.
    ///
    /// # Errors
    ///
    /// Where there is no such buffer.
    ///
    /// # Panics
    ///
    /// If there is no such row, the place behind the last, where a column of text has an offset, excepted.
    pub(crate) fn read_at<T: Plain>(&self, buffer: usize, row: usize) -> Result<T, String> {
        assert!(row <= self.length, "a row within");
        let start = self.start(buffer)?.cast::<T>();
        // SAFETY: the type of the array has a buffer of so many such elements here (see the callers), which the owner keeps.
        // The length and the offset have been checked not to overflow.
        Ok(unsafe { start.add(self.offset + row).read_unaligned() })
    }

    /// An element of the last buffer of a column of views, which holds the sizes of the others.
    pub(crate) fn size_at(&self, index: usize) -> Result<i64, String> {
        assert!(index + 3 < self.buffers.len(), "a buffer within");
        let start = self.start(self.buffers.len() - 1)?.cast::<i64>();
        // SAFETY: it has a size for each buffer but the first two and itself.
        Ok(unsafe { start.add(index).read_unaligned() })
    }

    /// Whether a row is null. For types that have a bitmap.
    pub(crate) fn is_null(&self, row: usize) -> bool {
        assert!(row < self.length, "a row within");
        let bits = self.buffers[0].cast::<u8>();
        if self.null_count == 0 || bits.is_null() {
            return false;
        }
        let bit = self.offset + row;
        // SAFETY: the bitmap has a bit for each row.
        (unsafe { *bits.add(bit / 8) }) >> (bit % 8) & 1 == 0
    }

    /// Bytes of a buffer, which end where another buffer says.
    pub(crate) fn bytes(&self, buffer: usize, start: usize, len: usize) -> Result<&[u8], String> {
        if len == 0 {
            return Ok(&[]);
        }
        let memory = self.start(buffer)?.cast::<u8>();
        // SAFETY: the caller has it from the offsets or views of the same array, whose producer says that they are within the
        // buffer. The owner keeps it and nobody writes to it.
        Ok(unsafe { std::slice::from_raw_parts(memory.add(start), len) })
    }

    /// The view at a row: the sixteen bytes where they are, so that a short text in them can be borrowed.
    pub(crate) fn view(&self, row: usize) -> Result<&[u8; 16], String> {
        assert!(row < self.length, "a row within");
        let start = self.start(1)?.cast::<[u8; 16]>();
        // SAFETY: the second buffer of a column of views has sixteen bytes for each row, and bytes need no alignment.
        Ok(unsafe { &*start.add(self.offset + row) })
    }

    fn start(&self, buffer: usize) -> Result<*const c_void, String> {
        let start = self.buffers.get(buffer).copied().filter(|start| !start.is_null());
        start.ok_or_else(|| "a buffer of an Arrow array is missing".into())
    }
}

/// Numbers that any bytes are.
pub(crate) trait Plain: Copy {}
impl Plain for i8 {}
impl Plain for u8 {}
impl Plain for i16 {}
impl Plain for u16 {}
impl Plain for i32 {}
impl Plain for u32 {}
impl Plain for i64 {}
impl Plain for u64 {}

/// Memory of our own.
pub(crate) struct Buffer {
    start: *const c_void,
    memory: Arc<dyn Any + Send + Sync>,
}

impl<T: Send + Sync + 'static> From<Vec<T>> for Buffer {
    fn from(vector: Vec<T>) -> Buffer {
        // Boxed by the Arc, the vector itself does not move, and what it has does not either.
        let memory = Arc::new(vector);
        Buffer { start: memory.as_ptr().cast(), memory }
    }
}

/// Batches, one after the other. The errors are texts for people.
pub(crate) trait Batches: Send {
    /// The type of all of them.
    fn field(&self) -> &Field;
    /// The next one; none at the end.
    fn next(&mut self) -> Result<Option<Arc<Array>>, String>;
}

/// A stream of somebody else.
pub(crate) struct Stream {
    stream: CStream,
    field: Field,
}

impl Stream {
    pub(crate) fn import(mut stream: CStream) -> Result<Stream, String> {
        let mut schema = CSchema::empty();
        let get_schema = stream.get_schema.ok_or("an Arrow stream has no get_schema")?;
        // SAFETY: the stream is not released, and the schema is one to be filled in.
        let status = unsafe { get_schema(&mut stream, &mut schema) };
        if status != 0 {
            return Err(last_error(&mut stream, status));
        }
        Ok(Stream { field: Field::import(schema)?, stream })
    }
}

impl Batches for Stream {
    fn field(&self) -> &Field {
        &self.field
    }

    fn next(&mut self) -> Result<Option<Arc<Array>>, String> {
        let mut array = CArray::empty();
        let get_next = self.stream.get_next.ok_or("an Arrow stream has no get_next")?;
        // SAFETY: the stream is not released, `&mut` says that nobody else uses it, and the array is one to be filled in.
        let status = unsafe { get_next(&mut self.stream, &mut array) };
        if status != 0 {
            return Err(last_error(&mut self.stream, status));
        }
        // The end is a released array.
        if array.release.is_none() {
            return Ok(None);
        }
        Array::import(array, &self.field).map(|array| Some(Arc::new(array)))
    }
}

fn last_error(stream: &mut CStream, status: c_int) -> String {
    let text = stream.get_last_error.map_or(ptr::null(), |get_last_error| {
        // SAFETY: the stream is not released, and its last call has failed.
        unsafe { get_last_error(stream) }
    });
    if text.is_null() {
        return format!("the Arrow stream failed with status {status}");
    }
    // SAFETY: it ends with a zero and is there until the next call.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The structure of a stream for somebody else.
pub(crate) fn export(batches: Box<dyn Batches>) -> CStream {
    struct Private {
        batches: Box<dyn Batches>,
        error: CString,
    }

    /// Does the work of a callback. Panics do not cross.
    ///
    /// # Safety
    ///
    /// `stream` is one that was made below and not released.
    unsafe fn call(stream: *mut CStream, work: impl FnOnce(&mut dyn Batches) -> Result<(), String>) -> c_int {
        // SAFETY: the caller's promise; a stream is used by one thread at a time.
        let private = unsafe { &mut *(*stream).private.cast::<Private>() };
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut *private.batches)));
        let error = match done {
            Ok(Ok(())) => return 0,
            Ok(Err(error)) => error,
            Err(_) => "scalr-detect failed: this is a bug in it, please report it".into(),
        };
        private.error = CString::new(error.replace('\0', " ")).unwrap_or_default();
        FAILED
    }

    unsafe extern "C" fn get_schema(stream: *mut CStream, out: *mut CSchema) -> c_int {
        // SAFETY: the consumer passes this stream and a place for a schema, which may hold anything.
        unsafe {
            call(stream, |batches| {
                out.write(batches.field().export());
                Ok(())
            })
        }
    }

    unsafe extern "C" fn get_next(stream: *mut CStream, out: *mut CArray) -> c_int {
        // SAFETY: the consumer passes this stream and a place for an array, which may hold anything.
        unsafe {
            call(stream, |batches| {
                out.write(batches.next()?.map_or_else(CArray::empty, |array| array.export()));
                Ok(())
            })
        }
    }

    unsafe extern "C" fn get_last_error(stream: *mut CStream) -> *const c_char {
        // SAFETY: the consumer passes this stream. The text stays until the next call.
        let error = unsafe { &(*(*stream).private.cast::<Private>()).error };
        if error.is_empty() { ptr::null() } else { error.as_ptr() }
    }

    unsafe extern "C" fn release(stream: *mut CStream) {
        // SAFETY: the consumer calls this once with this stream, whose `private` is a box.
        unsafe {
            drop(Box::from_raw((*stream).private.cast::<Private>()));
            (*stream).release = None;
        }
    }

    CStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private: Box::into_raw(Box::new(Private { batches, error: CString::default() })).cast(),
    }
}
