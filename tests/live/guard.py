"""What goes on when a run does not: it is cleaned up after an error, Ctrl-C, a time-out, and a SIGKILL too."""

import os
import signal
import time

from cloud import Failed, say


def clean_up(life):
    """Destroys everything the run made, the clone first; gives what could not be destroyed. May be done again."""
    left = []
    for environment, app in (("copy", life.copy), ("live", life.name)):
        for attempt in (1, 2, 3):
            try:
                life.destroy(environment, app)
                break
            except Failed as failure:
                if attempt == 3:
                    left.append(f"{environment} ({app}): {failure}")
                else:
                    life.heroku.pause()
    try:
        authorizations = life.heroku.call("GET", "/oauth/authorizations").body
        for row in authorizations if isinstance(authorizations, list) else []:
            if row.get("description") == life.name:
                life.heroku.call("DELETE", f"/oauth/authorizations/{row['id']}")
    except OSError as failure:
        left.append(f"the authorizations with the description {life.name}: {failure}")
    return left


def end_of_child(folder):
    """Stops the program that a killed run left behind, before anything is destroyed under its hands."""
    mark = folder / "child"
    if not mark.exists():
        return
    group = int(mark.read_text())
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, signal_number)
        except ProcessLookupError:
            break
        for _ in range(100):
            time.sleep(0.1)
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                break
    mark.unlink(missing_ok=True)


def watch(life):
    """Starts a second process that cleans up when this one is gone without having done so.

    Gives the file descriptor whose closing, by whatever death, tells it.
    """
    reader, writer = os.pipe()
    if os.fork():
        os.close(reader)
        os.set_inheritable(writer, False)
        return writer
    os.close(writer)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.read(reader, 1)
    if not (life.folder / "done").exists():
        say(f"{life.name}: the run was killed; cleaning up")
        end_of_child(life.folder)
        finish(life)
    os._exit(0)


def finish(life):
    """Cleans up, and says what is left; true when nothing is."""
    left = clean_up(life)
    for line in left:
        say(f"STILL THERE, AND STILL PAID FOR: {line}")
    if left:
        say(f"Try again: tests/live/run --clean {life.name}")
    else:
        (life.folder / "done").touch()
        say(f"{life.name}: everything is gone")
    return not left
