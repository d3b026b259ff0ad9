"""Services as gRPC registers them: every method of a service's descriptor, found on the service by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.message_factory import GetMessageClass

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor


def methods_of(descriptor: ServiceDescriptor) -> list[str]:
    """List the full names of a service's methods, `/package.Service/Method`."""
    return [f"/{descriptor.full_name}/{method.name}" for method in descriptor.methods]


def handlers_of(descriptor: ServiceDescriptor, service: object) -> grpc.GenericRpcHandler:
    """Bind each method of the descriptor to the service's own; a service that lacks one is a fault of the program."""
    handlers = {method.name: _handler(method, service) for method in descriptor.methods}
    return grpc.method_handlers_generic_handler(descriptor.full_name, handlers)


def _handler(method: MethodDescriptor, service: object) -> grpc.RpcMethodHandler[Any, Any]:
    make = grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
    return make(
        getattr(service, method.name),
        request_deserializer=GetMessageClass(method.input_type).FromString,
        response_serializer=GetMessageClass(method.output_type).SerializeToString,
    )
