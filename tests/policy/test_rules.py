"""What each condition means, one by one; and that all rules at once say what each says alone."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.policy.facts import facts, path_of
from dlp.policy.load import parse_policy
from dlp.policy.model import Policy
from dlp.types import Category, Channel, Evidence, Finding, FlowInfo, Moment, Uninspectable


def finding(detector: str, category: Category = Category.IDENTIFIER, **more: Any) -> Finding:
    return Finding(
        detector=detector,
        category=category,
        count=more.pop("count", 1),
        distinct=more.pop("distinct", 1),
        confidence=more.pop("confidence", 1.0),
        **more,
    )


NIR = Evidence(findings=(finding("fr_nir", distinct=5, confidence=0.95),), subjects=5, bytes=1000)
MEDICAL = Evidence(
    findings=(finding("fr_nir"), finding("fr.oncology", Category.HEALTH)),
    subjects=1,
    beside_health=1,
)
SENT = FlowInfo(
    channel=Channel.HTTP,
    client="10.2.3.4",
    host="Depot.DSN-info.fr.",
    port=443,
    method="post",
    path="/deposer-dsn/1.0/",
    user="Paie",
    content_type="application/xml",
    at=Moment(epoch=1.0, weekday=0, minute=8 * 60),
)


def holds(when: str, evidence: Evidence = NIR, flow: FlowInfo = SENT) -> bool:
    policy = parse_policy(f"name: t\nrules: [{{name: r, action: block, when: {when}}}]", "test")
    traced = policy.trace(evidence, flow)[0].holds
    assert (policy.decide(evidence, flow).rule == "r") is traced
    return traced


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ("{}", True),
        ("{subjects: 5}", True),
        ("{subjects: 6}", False),
        ("{subjects: {most: 5}}", True),
        ("{subjects: {most: 4}}", False),
        ("{subjects: {least: 2, most: 9}, patients: {most: 0}}", True),
        ("{patients: 1}", False),
        ("{found: {detector: fr_nir}}", True),
        ("{found: {detector: 'fr_*', category: identifier}}", True),
        ("{found: {detector: gb_nhs}}", False),
        ("{found: {category: [health, person]}}", False),
        ("{found: {confidence: 0.95}}", True),
        ("{found: {confidence: 0.96}}", False),
        ("{found: {detector: fr_nir, distinct: {least: 2, most: 5}}}", True),
        ("{found: {detector: fr_nir, distinct: 6}}", False),
        ("{only: fr_nir}", True),
        ("{only: [gb_nhs, person]}", False),
        ("{only: identifier}", True),
        ("{only: health}", False),
        ("{health: false}", True),
        ("{health: true}", False),
        ("{size: {most: 1 kB}}", True),
        ("{size: {least: 1000, most: 0.5 MiB}}", True),
        ("{size: 2 kB}", False),
        ("{uninspectable: [encrypted, corrupt]}", False),
        ("{destination: {host: depot.dsn-info.fr}}", True),
        ("{destination: {host: dsn-info.fr}}", False),
        ("{destination: {suffix: dsn-info.fr}}", True),
        ("{destination: {suffix: '*.dsn-info.fr', port: [80, 400-500]}}", True),
        ("{destination: {suffix: info.fr}}", False),
        ("{destination: {port: 80}}", False),
        ("{destination: {cidr: 0.0.0.0/0}}", False),
        ("{client: 10.2.0.0/16}", True),
        ("{client: [10.3.0.0/16, 10.2.3.4]}", True),
        ("{client: 10.3.0.0/16}", False),
        ("{user: PAIE}", True),
        ("{user: someone}", False),
        ("{method: [put, POST], channel: http}", True),
        ("{method: STOR}", False),
        ("{channel: [ftp, ftp-tunnel]}", False),
        ("{path: /deposer-dsn/*}", True),
        ("{path: /deposer-dsn}", False),
        ("{path: ['/x', '*/1.0/']}", True),
        ("{path: '*dsn*0*'}", True),
        ("{content_type: [text/*, application/xml]}", True),
        ("{content_type: image/*}", False),
        ("{time: {days: mon-fri, from: '08:00', to: '19:00'}}", True),
        ("{time: {days: [tue-sun], from: '08:00'}}", False),
        ("{time: {from: 8:01, to: 24:00}}", False),
        ("{time: {from: '22:00', to: '08:01', days: sun}}", True),
        ("{time: {from: '22:00', to: '08:00', days: sun}}", False),
        ("{time: {}}", True),
    ],
)
def test_a_condition_holds_for_what_it_says(when: str, *, held: bool) -> None:
    assert holds(when) is held


@pytest.mark.parametrize(
    ("when", "evidence", "held"),
    [
        ("{health: true}", MEDICAL, True),
        ("{only: fr_nir}", MEDICAL, False),
        ("{only: [fr_nir, health]}", MEDICAL, True),
        ("{only: [fr_nir, 'fr.*']}", MEDICAL, True),
        ("{found: {detector: fr.oncology}}", MEDICAL, True),
        ("{health: true}", Evidence(patients=1), True),
        ("{only: fr_nir}", Evidence(), True),
        ("{only: fr_nir}", Evidence(uninspectable=Uninspectable.CORRUPT), False),
        ("{uninspectable: corrupt}", Evidence(uninspectable=Uninspectable.CORRUPT), True),
        ("{size: {most: 0}}", Evidence(), True),
        ("{kind: pdf}", Evidence(kinds=("pdf", "zip")), True),
        ("{kind: [tar, zip]}", Evidence(kinds=("pdf", "zip")), True),
        ("{kind: tar}", Evidence(kinds=("pdf", "zip")), False),
        ("{kind: zip}", Evidence(), False),
    ],
)
def test_conditions_on_evidence(when: str, evidence: Evidence, *, held: bool) -> None:
    assert holds(when, evidence) is held


@pytest.mark.parametrize(
    "when",
    [
        "{destination: {suffix: example}}",
        "{destination: {cidr: [0.0.0.0/0, '::/0']}}",
        "{destination: {port: 1-65535}}",
        "{client: [0.0.0.0/0, '::/0']}",
        "{path: '*'}",
        "{content_type: '*'}",
        "{method: GET}",
        "{user: x}",
        "{time: {}}",
    ],
)
def test_what_is_not_known_of_a_message_holds_for_nothing(when: str) -> None:
    assert not holds(when, NIR, FlowInfo(channel=Channel.SCAN))


@pytest.mark.parametrize(
    ("host", "when", "held"),
    [
        ("10.1.2.3", "{destination: {cidr: 10.1.0.0/16}}", True),
        ("::ffff:10.1.2.3", "{destination: {cidr: 10.1.0.0/16}}", True),
        ("::ffff:10.1.2.3", "{destination: {host: 10.1.2.3}}", True),
        ("2001:DB8:0::1", "{destination: {host: '2001:db8::1'}}", True),
        ("[2001:db8::1]", "{destination: {cidr: '2001:db8::/32'}}", True),
        ("10.1.2.3", "{destination: {suffix: '3'}}", False),
        ("hôpital.example", "{destination: {suffix: hôpital.example}}", True),
        ("xn--hpital-ixa.example", "{destination: {host: hôpital.example}}", True),
    ],
)
def test_destinations_are_compared_as_they_are_meant(host: str, when: str, *, held: bool) -> None:
    assert holds(when, NIR, FlowInfo(channel=Channel.HTTP, host=host, port=443)) is held


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("/depot/../admin", "/admin"),
        ("/depot/%2e%2E/admin", "/admin"),
        ("/depot/..%2Fadmin/", "/admin/"),
        ("/depot\\..\\admin", "/admin"),
        ("//depot//x", "/depot/x"),
        ("/../../x/./", "/x/"),
        ("/a/..", "/"),
        ("/plain/path.csv", "/plain/path.csv"),
        ("relative/../name", "name"),
        ("", ""),
    ],
)
def test_a_path_is_compared_as_a_server_takes_it(sent: str, taken: str) -> None:
    assert path_of(sent) == taken


HOSTS = ["a.example", "b.a.example", "example", "10.0.0.1", "10.0.1.1", "2001:db8::1", ""]
NETWORKS = ["10.0.0.0/24", "10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "::/0", "0.0.0.0/0"]
PATHS = ["/a/b", "/a/", "/a", "/b/a/b", ""]
GLOBS = ["*", "/a/*", "*/b", "/a", "/a*b", "/*a*b", "aa*aa", "**"]
DETECTORS = ["fr_nir", "gb_nhs", "person", "fr.oncology"]
CATEGORIES = dict(zip(DETECTORS, ["identifier", "identifier", "person", "health"], strict=True))
small = st.integers(0, 4)
counts = st.one_of(
    st.integers(1, 4),
    st.tuples(small, small).map(lambda two: {"least": min(two), "most": max(two)}),
    small.map(lambda most: {"most": most}),
)


def some(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def parts(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


clock = st.sampled_from(["00:00", "00:01", "12:00", "23:59", "24:00"])
conditions = parts(
    subjects=counts,
    announced=counts,
    beside_health=counts,
    patients=counts,
    size=counts,
    health=st.booleans(),
    only=some([*DETECTORS, "fr*", "health", "identifier"]),
    uninspectable=some(list(Uninspectable)),
    found=parts(
        detector=some([*DETECTORS, "*_n*"]),
        category=some(list(Category)),
        confidence=st.sampled_from([0.2, 0.5, 1.0]),
        distinct=counts,
    ).filter(bool),
    kind=some(["pdf", "zip"]),
    destination=parts(
        host=some(HOSTS[:-1]),
        suffix=some(["example", "a.example"]),
        cidr=some(NETWORKS),
        port=some([80, "1-100", "80-443", 443]),
    ).filter(bool),
    client=some(NETWORKS),
    user=some(["a", "B"]),
    channel=some(list(Channel)),
    method=some(["GET", "put"]),
    path=some(GLOBS),
    content_type=some(["a/*", "a/b", "*/b"]),
    time=parts(**{"from": clock, "to": clock, "days": some(["mon", "sun", "fri-mon", "tue-wed"])}),
)
policies = st.lists(conditions, min_size=1, max_size=12).map(
    lambda whens: Policy.model_validate(
        {
            "name": "any",
            "rules": [
                {"name": f"r{n}", "action": "log", "when": when} for n, when in enumerate(whens)
            ],
        }
    )
)
evidences = st.builds(
    Evidence,
    findings=st.lists(
        st.builds(
            lambda name, distinct, sure: finding(
                name, Category(CATEGORIES[name]), distinct=distinct, confidence=sure
            ),
            st.sampled_from(DETECTORS),
            small,
            st.sampled_from([0.1, 0.2, 0.4, 0.5, 1.0]),
        ),
        max_size=3,
    ).map(tuple),
    subjects=small,
    announced=small,
    beside_health=small,
    patients=small,
    uninspectable=st.sampled_from([None, *Uninspectable]),
    bytes=small,
    kinds=st.sets(st.sampled_from(["pdf", "zip", "office"])).map(lambda met: tuple(sorted(met))),
)
flows = st.builds(
    FlowInfo,
    channel=st.sampled_from(Channel),
    client=st.sampled_from([host for host in HOSTS if "example" not in host]),
    host=st.sampled_from(HOSTS),
    port=st.sampled_from([0, 80, 100, 443]),
    method=st.sampled_from(["", "GET", "PUT"]),
    path=st.sampled_from(PATHS),
    user=st.sampled_from(["", "A", "b"]),
    content_type=st.sampled_from(["", "a/b", "a/c"]),
    at=st.none()
    | st.builds(
        Moment,
        epoch=st.just(0.0),
        weekday=st.sampled_from([0, 2, 6]),
        minute=st.sampled_from([0, 1, 719, 720, 1439]),
    ),
)


@given(policy=policies, evidence=evidences, flow=flows)
def test_all_rules_at_once_say_what_each_says_alone(
    policy: Policy, evidence: Evidence, flow: FlowInfo
) -> None:
    alone = next((one.rule.name for one in policy.trace(evidence, flow) if one.holds), "none")
    assert policy.decide(evidence, flow).rule == alone


def test_rules_reach_other_processes() -> None:
    policy = parse_policy(
        "name: t\nrules: [{name: r, action: block, when: {path: '/a*b*c'}}]", "test"
    )
    flow = FlowInfo(channel=Channel.HTTP, path="/abc")
    policy.decide(NIR, flow)
    assert pickle.loads(pickle.dumps(policy)).decide(NIR, flow).rule == "r"


def test_facts_of_a_flow_are_in_one_written_form() -> None:
    seen = facts(SENT)
    assert (seen.host, seen.method, seen.user) == ("depot.dsn-info.fr", "POST", "paie")
