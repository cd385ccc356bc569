"""GStreamer's RTSP server, which Axis devices run, with a metadata stream of ready documents.

One argument, JSON: {"documents": [["part", "part"], …], "username", "password", "pem", "timeout"}.
Prints the port, then a line for each session that is opened or removed.
"""
import json
import struct
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PIPELINE = (
    "( appsrc name=source is-live=true do-timestamp=true format=time ! identity name=pay0 )"
)
CAPS = "application/x-rtp,media=application,encoding-name=VND.ONVIF.METADATA,payload=98,clock-rate=90000"
ROLE = "user"


def packets(documents):
    """RTP packets for ever: a document's last one has the marker, None stands between documents."""
    sequence = 65530
    while True:
        for parts in documents:
            for index, part in enumerate(parts):
                marker = 0x80 if index == len(parts) - 1 else 0
                head = struct.pack("!BBHII", 0x80, marker | 98, sequence & 0xFFFF, 0, 0x315460DA)
                sequence += 1
                yield head + part.encode()
            yield None


def on_configure(_factory, media, documents):
    source = media.get_element().get_by_name("source")
    source.set_property("caps", Gst.Caps.from_string(CAPS))
    stream = packets(documents)

    def push():
        # Before that it takes nothing, and a busy machine is slow to get there.
        if source.get_state(0).state < Gst.State.PAUSED:
            return True
        for packet in iter(stream.__next__, None):
            if source.emit("push-buffer", Gst.Buffer.new_wrapped(packet)) != Gst.FlowReturn.OK:
                break
        return True

    timer = GLib.timeout_add(20, push)
    media.connect("unprepared", lambda _media: GLib.source_remove(timer))


def make_auth(options):
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.set_realm("AXIS_ACCC8E012345")
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    auth.add_digest(options["username"], options["password"], token)
    if "pem" in options:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options["pem"]))
    return auth


def on_client(_server, client, timeout):
    def on_session(_client, session):
        session.set_timeout(timeout)
        print("session opened", flush=True)

    client.connect("new-session", on_session)


def main(options):
    Gst.init(None)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE)
    factory.set_shared(False)
    permissions = GstRtspServer.RTSPPermissions()
    for permission in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role(ROLE, permission, True)
    factory.set_permissions(permissions)
    factory.connect("media-configure", on_configure, options["documents"])

    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    server.set_auth(make_auth(options))
    server.get_mount_points().add_factory("/axis-media/media.amp", factory)
    server.connect("client-connected", on_client, options.get("timeout", 60))
    pool = server.get_session_pool()
    pool.connect("session-removed", lambda _pool, _session: print("session removed", flush=True))
    GLib.timeout_add(200, lambda: pool.cleanup() >= 0)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main(json.loads(sys.argv[1]))
