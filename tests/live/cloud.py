"""Heroku's API, the program, and what both have answered so far. Nothing here knows what is asked, or why."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f-]{27}$")


class Answer:
    """An answer of Heroku's: its status, its headers in lower case, and its body, parsed when it is JSON."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        try:
            self.body = json.loads(body or b"null")
        except ValueError:
            self.body = body.decode("utf-8", "replace")

    def key(self, name, default=None):
        return self.body.get(name, default) if isinstance(self.body, dict) else default

    def says(self):
        """The status, and the error's id and message when it is one."""
        if self.status < 400:
            return str(self.status)
        return f"{self.status} `{self.key('id', '')}`: {self.key('message', '')}"


class Heroku:
    """Both hosts of the API, with the operator's token."""

    def __init__(self, environment):
        self.token = environment["HEROKU_API_KEY"]
        self.api = environment.get("HEROKU_API_URL", "https://api.heroku.com").rstrip("/")
        data = "https://api.data.heroku.com" if self.api == "https://api.heroku.com" else self.api
        self.data = environment.get("HEROKU_DATA_API_URL", data).rstrip("/")
        self.is_here = "//127.0.0.1" in self.api
        self.statuses = {}

    def call(self, method, path, body=None, *, at_data=False, token=None, headers=None, variant="3"):
        """Asks once; an error is an answer too. Without an answer it is an OSError."""
        request = urllib.request.Request((self.data if at_data else self.api) + path, method=method)
        request.add_header("Accept", f"application/vnd.heroku+json; version={variant}")
        request.add_header("Authorization", f"Bearer {token or self.token}")
        request.add_header("User-Agent", "trueup-live")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return self.count(method, path, Answer(answer.status, answer.headers, answer.read()))
        except urllib.error.HTTPError as answer:
            return self.count(method, path, Answer(answer.code, answer.headers, answer.read()))

    def count(self, method, path, answer):
        self.note(method, path, answer.status)
        return answer

    def note(self, method, path, status):
        """Remembers with which statuses an endpoint answers, whoever asked it."""
        self.statuses.setdefault((method, endpoint(path)), set()).add(int(status))

    def pause(self):
        """Between two looks at something that goes on; the embedded cloud has no limit of calls."""
        time.sleep(0.05 if self.is_here else 3)

    def until(self, what, look, minutes=20):
        """Looks until the answer is true. A TimeoutError says what never came."""
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            self.pause()
        raise TimeoutError(f"waited {minutes} minutes in vain until {what}")


def endpoint(path):
    """A path without what is ours in it: `/apps/x/releases/7` is `/apps/{}/releases/{}`."""
    parts = path.split("?")[0].split("/")
    ours = lambda part: "trueup-live" in part or part.isdigit() or UUID.match(part) or part.startswith("postgresql-")
    return "/".join("{}" if ours(part) else part for part in parts)


class Program:
    """The program, in the folder of this run."""

    def __init__(self, path, folder, heroku, environment):
        self.path, self.folder, self.heroku, self.environment = path, folder, heroku, environment

    def run(self, *arguments):
        """Runs it to its end. It has a process group of its own, which `child` names while it runs."""
        command = [self.path, "-C", str(self.folder), "-v", "--log-format", "json", *arguments]
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environment, start_new_session=True,
        )
        mark = self.folder / "child"
        mark.write_text(str(child.pid))
        try:
            stdout, stderr = child.communicate()
        finally:
            if child.poll() is None:
                os.killpg(child.pid, 15)
                child.wait()
            mark.unlink(missing_ok=True)
        return Ran(child.returncode, stdout, self.without_log(stderr))

    def without_log(self, stderr):
        """What it said to people; what it logged of its calls is counted."""
        lines = []
        for line in stderr.splitlines():
            try:
                fields = json.loads(line)["fields"]
            except (ValueError, KeyError, TypeError):
                lines.append(line)
                continue
            if fields.get("message") == "heroku" and "status" in fields:
                self.heroku.note(fields["method"], fields["path"], fields["status"])
        return "\n".join(lines)


class Ran:
    """How a run of the program ended."""

    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    def json(self):
        return json.loads(self.stdout)

    def exits(self, *codes):
        """Itself, when it ended with one of these codes; otherwise a Failed that shows its last words."""
        if self.code not in codes:
            last = (self.stderr.strip() or self.stdout.strip()).splitlines()[-12:]
            raise Failed(f"exit code {self.code}, expected {' or '.join(map(str, codes))}\n  " + "\n  ".join(last))
        return self


class Failed(Exception):
    """A step of the run that did not do what it should."""


def say(text):
    print(text, file=sys.stderr, flush=True)
