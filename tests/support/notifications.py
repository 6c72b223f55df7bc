"""The service manager's side of sd_notify(3)."""

import socket


def listen_for_notifications(folder):
    """A socket on which what the server tells arrives, message by message; its path is folder/notify."""
    notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notifications.bind(str(folder / "notify"))
    notifications.settimeout(20)
    return notifications
