//! Unary gRPC calls by tonic over a Unix socket, with a codec that leaves bytes as they are.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::{Endpoint, Server};
use tonic::{Request, Response, Status};
use tower::{Service, service_fn};

use crate::{UNDER_WAY, answer_to, microseconds as mean, request_of, time};

const PATH: PathAndQuery = PathAndQuery::from_static("/mintage.Module/Session");
const LARGEST: usize = 512 << 20;

#[derive(Clone, Copy)]
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

#[derive(Clone)]
struct Module;

impl NamedService for Module {
    const NAME: &'static str = "mintage.Module";
}

impl UnaryService<Bytes> for Module {
    type Response = Bytes;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        ready(Ok(Response::new(answer_to(request.into_inner().len()))))
    }
}

impl Service<http::Request<Body>> for Module {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(Plain).max_decoding_message_size(LARGEST);
            Ok(grpc.unary(Module, request).await)
        })
    }
}

pub(crate) fn microseconds(items: usize, limit: Duration) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    // One runtime for each side, as in two processes.
    let server = runtime();
    let _entered = server.enter();
    let incoming = UnixListenerStream::new(UnixListener::bind(&path).expect("a socket"));
    server.spawn(async move { Server::builder().add_service(Module).serve_with_incoming(incoming).await });
    let client = runtime();
    let channel = client.block_on(async {
        let connect = service_fn(move |_| {
            let path = path.clone();
            async move { UnixStream::connect(path).await.map(TokioIo::new) }
        });
        Endpoint::from_static("http://module").connect_with_connector(connect).await.expect("a connection")
    });
    let request = request_of(items);
    let runs: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = (0..UNDER_WAY)
            .map(|_| {
                let (client, channel, request) = (client.handle(), channel.clone(), &request);
                scope.spawn(move || {
                    let mut grpc = tonic::client::Grpc::new(channel).max_decoding_message_size(LARGEST);
                    time(
                        || {
                            let answer = client.block_on(async {
                                grpc.ready().await.expect("a connection");
                                grpc.unary(Request::new(request.clone()), PATH, Plain).await
                            });
                            assert!(answer.expect("an answer").into_inner().len() > items);
                        },
                        limit,
                    )
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().expect("a caller")).collect()
    });
    drop(client);
    server.shutdown_background();
    mean(&runs)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_io().build().expect("a runtime")
}
