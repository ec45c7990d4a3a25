"""The life of an environment, step by step, as a person would go through it. A step raises `Failed`, or it is fine."""

import time

from cloud import Failed

SPEC = """\
# Made by tests/live/run, and destroyed by it.
app: {{ name: {name} }}
addons:
  DATABASE: {{ plan: "heroku-postgresql:essential-0", extensions: [vector], protect: false }}
buildpacks: [heroku/ruby]
config:
  RAILS_ENV: production
  RAILS_MAX_THREADS: 5
  SECRET_KEY_BASE: {{ generate: hex, bytes: 64 }}
  AWS_REGION: {{ from: buckets.uploads.region }}
  AWS_S3_BUCKET: {{ from: buckets.uploads.name }}
  AWS_ACCESS_KEY_ID: {{ from: iam_users.app.access_key_id }}
  AWS_SECRET_ACCESS_KEY: {{ from: iam_users.app.secret_access_key }}
formation:
  web: {{ quantity: 1, size: basic }}
buckets:
  uploads: {{ name: {name}-uploads, region: {region}, protect: false{bucket} }}
iam_users:
  app: {{ name: {name}-app, grants: {{ uploads: read-write }}, access_key: {{ max_age: 90d }} }}
template: {{ name: rails, vars: {{ module: Ledger }} }}
# The hard end of what this run may cost: a plan that ends above it is refused.
limits: {{ monthly_usd: 40 }}
"""


class Life:
    """Two environments: `live`, and its clone `copy`."""

    def __init__(self, name, folder, heroku, program):
        self.name, self.folder, self.heroku, self.program = name, folder, heroku, program
        self.copy = f"{name}-copy"

    def write(self, region, bucket):
        environments = self.folder / "environments"
        environments.mkdir(parents=True, exist_ok=True)
        spec = SPEC.format(name=self.name, region=region, bucket=bucket)
        (environments / "live.yaml").write_text(spec)

    def steps(self):
        return [
            ("doctor", self.doctor), ("plan", self.plan), ("apply", self.apply), ("plan is empty", self.is_empty),
            ("deploy", self.deploy), ("what waited for code is set", self.is_empty), ("drift", self.drift),
            ("verify", self.verify), ("rotate", self.rotate), ("verify after the rotation", self.verify),
            ("backup", self.backup), ("restore", self.restore), ("rollback", self.rollback),
            ("clone", self.clone), ("the clone is whole", self.clone_is_whole),
            ("the clone wrote nothing to its source", self.is_empty),
        ]

    def run(self, *arguments):
        return self.program.run(*arguments)

    def doctor(self):
        self.run("doctor").exits(0)

    def plan(self):
        plan = self.run("plan", "live", "--format", "json").exits(0).json()
        others = [change["address"] for change in plan["changes"] if change["action"] != "create"]
        if others or plan["blocked"]:
            raise Failed(f"more than creations: {others}, blocked: {plan['blocked']}")

    def apply(self):
        self.run("apply", "live", "--yes").exits(0)

    def is_empty(self):
        self.run("plan", "live", "--detailed-exitcode").exits(0)

    def deploy(self):
        self.run("render", "live", "--out", str(self.folder / "app")).exits(0)
        self.run("deploy", "live", "--source", str(self.folder / "app"), "--yes").exits(0)

    def drift(self):
        """Somebody changes a value by hand: it is found, mended, and found no more."""
        self.run("drift", "live").exits(0)
        by_hand = self.heroku.call("PATCH", f"/apps/{self.name}/config-vars", {"RAILS_MAX_THREADS": "9"})
        if by_hand.status >= 300:
            raise Failed(by_hand.says())
        found = self.run("drift", "live", "--format", "json").exits(2).json()
        addresses = [finding["address"] for finding in found["environments"][0]["findings"]]
        if addresses != ["config.RAILS_MAX_THREADS"]:
            raise Failed(f"found {addresses}")
        self.run("apply", "live", "--yes").exits(0)
        self.run("drift", "live").exits(0)

    def verify(self):
        self.run("verify", "live", "--fix").exits(0)
        self.verified = time.monotonic()

    def rotate(self):
        brief = ["--grace", "0s", "--settle", "0", "--quiet-for", "0s"]
        self.run("rotate", "live", "AWS_ACCESS_KEY_ID", *brief, "--yes").exits(0)

    def backup(self):
        """A backup is made, fetched, and thrown away: the file is the only thing of it that would stay."""
        self.run("backup", "live", "capture", "--yes").exits(0)
        self.run("backup", "live", "download", "--yes").exits(0)
        dumps = list(self.folder.glob("*.dump"))
        if len(dumps) != 1 or not dumps[0].stat().st_size:
            raise Failed(f"fetched: {dumps}")
        dumps[0].unlink()

    def restore(self):
        self.run("restore", "live", "--from", "b001", "--confirm", self.name, "--yes").exits(0)

    def rollback(self):
        """Other code is deployed, and the code of before brought back; the plan is empty, since config stays."""
        (self.folder / "app" / "CHANGED.md").write_text("Other code than before.\n")
        self.run("deploy", "live", "--source", str(self.folder / "app"), "--yes").exits(0)
        self.run("rollback", "live", "--yes").exits(0)
        self.is_empty()

    def clone(self):
        what = ["--data", "--code", "--objects", "--ttl", "1d"]
        self.run("clone", "live", "copy", "--app", self.copy, *what, "--yes").exits(0)

    def clone_is_whole(self):
        self.run("plan", "copy", "--detailed-exitcode").exits(0)
        self.run("verify", "copy", "--fix").exits(0)

    def destroy(self, environment, app):
        if (self.folder / "environments" / f"{environment}.yaml").exists():
            self.run("destroy", environment, "--confirm", app, "--no-backup", "--empty-buckets", "--yes").exits(0)

    def is_gone(self):
        for app in (self.name, self.copy):
            status = self.heroku.call("GET", f"/apps/{app}").status
            if status not in (403, 404):
                raise Failed(f"the app {app} answers with {status}")
        plan = self.run("plan", "live", "--format", "json").exits(0).json()
        left = [change["address"] for change in plan["changes"] if change["action"] != "create"]
        if left:
            raise Failed(f"still there: {left}")
