//! Where work is done that blocks: reading the books, asking module and engine, drawing and reading symbols.

use std::sync::{Arc, Mutex, PoisonError};

use engine::Engine;
use store::Reader;
use tokio::sync::Semaphore;

use crate::front::TRACED;
use crate::problem::{Kind, Problem};

/// Threads for work that blocks.
pub(crate) const THREADS: usize = 8;
/// Questions that wait or are answered at one time; a further one is told to come again.
const QUESTIONS: usize = 256;
/// Of the threads, those that may draw or read symbols at one time.
const DRAWING: usize = 2;
/// Drawings that wait or are made at one time.
const DRAWINGS: usize = 32;

/// Readers of the books, and threads to read them with.
pub(crate) struct Desk {
    engine: Arc<Engine>,
    /// Those that nobody uses at this moment.
    readers: Mutex<Vec<Reader>>,
    questions: Semaphore,
    drawings: Semaphore,
    drawing: Semaphore,
}

impl Desk {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            readers: Mutex::default(),
            questions: Semaphore::new(QUESTIONS),
            drawings: Semaphore::new(DRAWINGS),
            drawing: Semaphore::new(DRAWING),
        }
    }

    /// Reads the books.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.questions.try_acquire().map_err(|_| overloaded())?;
        let desk = Arc::clone(self);
        blocking(move || desk.with_reader(read)).await
    }

    /// Reads the next part of an answer that has begun, and so can't be told to come again.
    pub(crate) async fn read_on<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.questions.acquire().await.map_err(|error| Problem::internal(&error))?;
        let desk = Arc::clone(self);
        blocking(move || desk.with_reader(read)).await
    }

    /// Asks the engine or the module something that blocks.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Engine) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.questions.try_acquire().map_err(|_| overloaded())?;
        let engine = Arc::clone(&self.engine);
        blocking(move || ask(&engine)).await
    }

    /// Does what takes a processor for long.
    pub(crate) async fn draw<T: Send + 'static>(
        self: &Arc<Self>,
        draw: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.drawings.try_acquire().map_err(|_| overloaded())?;
        let _turn = self.drawing.acquire().await.map_err(|error| Problem::internal(&error))?;
        let desk = Arc::clone(self);
        blocking(move || desk.with_reader(draw)).await
    }

    fn with_reader<T>(&self, read: impl FnOnce(&Reader) -> Result<T, Problem>) -> Result<T, Problem> {
        let free = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = free.map_or_else(|| self.engine.reader(), Ok)?;
        let result = read(&reader);
        // Never more than there are threads.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        result
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    // The wait for a thread is in it too.
    let span = tracing::info_span!(target: TRACED, "desk");
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .unwrap_or_else(|error| Err(Problem::internal(&error)))
}

fn overloaded() -> Problem {
    Problem::new(Kind::Overloaded, "more questions are waiting than the server takes; nothing was done")
}
