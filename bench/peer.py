"""What a city would pick instead, each as its own manual configures it; what cannot be installed here says why."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from bench import world
from judges.tools import node_missing, python_missing
from judges.verdict import TOOLS

HERE = Path(__file__).parent / "peers"
NODE, PYTHON = TOOLS / "bench-node", TOOLS / "bench-py"
FASTIFY, EXPRESS, EXPRESS_JWT, ENVOY = range(world.PEERS, world.PEERS + 4)
ONE, LIST = "/satu/S-%06d.json", "/daftar?p="


@dataclass(frozen=True)
class Peer:
    """One that is measured: how it starts, its port, the token that it wants, and where the record and the list stand."""

    name: str
    port: int
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    token: str | None = None
    one: str = ONE
    many: str = LIST
    missing: str = ""


def peers(folder: Path) -> list[Peer]:
    """Everything that is measured beside Titian and the textbook gateway."""
    private, public, token = _keys()
    (folder / "public.pem").write_text(public)
    node, envoy = node_missing(HERE / "package.json", NODE), python_missing(HERE / "requirements.txt", PYTHON)
    for script in ("fastify.js", "express.js"):
        if not node:
            shutil.copy(HERE / script, NODE / script)
    source = f"http://127.0.0.1:{world.SOURCE}"
    return [
        Peer("nginx", world.PROXY, ("nginx", "-c", str(world.proxy(folder)), "-p", str(folder))),
        Peer("fastify + http-proxy", FASTIFY, ("node", str(NODE / "fastify.js")), {"PORT": str(FASTIFY), "SOURCE": source}, missing=node),
        Peer("express-gateway", EXPRESS, ("node", str(NODE / "express.js")), {"CONFIG": _express(folder, EXPRESS)}, missing=node),
        Peer(
            "express-gateway + jwt",
            EXPRESS_JWT,
            ("node", str(NODE / "express.js")),
            {"CONFIG": _express(folder, EXPRESS_JWT, jwt=True)},
            token,
            missing=node,
        ),
        Peer("envoy + jwt, limit, log", ENVOY, _envoy(folder, private), token=token, missing=envoy),
    ]


def _keys() -> tuple[rsa.RSAPrivateKey, str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    claims = {"iss": "ukur", "aud": "titian", "sub": "ukur", "exp": int(time.time()) + 6 * 3600}
    return private, public, jwt.encode(claims, private, algorithm="RS256", headers={"kid": "1"})


def _express(folder: Path, port: int, *, jwt: bool = False) -> str:
    """A folder of configuration, made anew: express-gateway writes into it."""
    made = folder / f"express-{port}"
    shutil.copytree(NODE / "node_modules/express-gateway/lib/config/models", made / "models", dirs_exist_ok=True) if NODE.exists() else made.mkdir()
    policies = [{"jwt": {"action": {"secretOrPublicKeyFile": str(folder / "public.pem"), "checkCredentialExistence": False}}}] if jwt else []
    gateway = {
        "http": {"port": port, "hostname": "127.0.0.1"},
        "apiEndpoints": {"api": {"host": "*", "paths": "/*"}},
        "serviceEndpoints": {"source": {"url": f"http://127.0.0.1:{world.SOURCE}"}},
        "policies": ["jwt", "proxy"],
        "pipelines": {"all": {"apiEndpoints": ["api"], "policies": [*policies, {"proxy": {"action": {"serviceEndpoint": "source"}}}]}},
    }
    system = {"db": {"redis": {"emulate": True, "namespace": "EG"}}, "crypto": {"cipherKey": "ukur", "algorithm": "aes256", "saltRounds": 10}}
    system["session"] = {"secret": "ukur", "resave": False, "saveUninitialized": False}
    system["accessTokens"] = {"timeToExpiry": 7200000}
    system["refreshTokens"] = {"timeToExpiry": 7200000}
    system["authorizationCodes"] = {"timeToExpiry": 300000}
    # JSON is YAML.
    (made / "gateway.config.yml").write_text(json.dumps(gateway))
    (made / "system.config.yml").write_text(json.dumps(system))
    return str(made)


def _envoy(folder: Path, private: rsa.RSAPrivateKey) -> tuple[str, ...]:
    key = RSAKey.import_key(private).as_dict(private=False)
    jwks = json.dumps({"keys": [{**key, "kid": "1", "alg": "RS256", "use": "sig"}]})
    filters = [
        {
            "name": "envoy.filters.http.jwt_authn",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
                "providers": {"ukur": {"issuer": "ukur", "audiences": ["titian"], "local_jwks": {"inline_string": jwks}}},
                "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "ukur"}}],
            },
        },
        {
            "name": "envoy.filters.http.local_ratelimit",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
                "stat_prefix": "limit",
                "token_bucket": {"max_tokens": 100000000, "tokens_per_fill": 100000000, "fill_interval": "60s"},
                "filter_enabled": {"default_value": {"numerator": 100, "denominator": "HUNDRED"}},
                "filter_enforced": {"default_value": {"numerator": 100, "denominator": "HUNDRED"}},
            },
        },
        {"name": "envoy.filters.http.router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}},
    ]
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ukur",
        "access_log": [
            {
                "name": "file",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                    "path": str(folder / "envoy.log"),
                },
            }
        ],
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "source"}}]}]
        },
        "http_filters": filters,
    }
    place = {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": world.SOURCE}}}}
    made = {
        "static_resources": {
            "listeners": [
                {
                    "address": {"socket_address": {"address": "127.0.0.1", "port_value": ENVOY}},
                    "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}],
                }
            ],
            "clusters": [
                {"name": "source", "type": "STATIC", "load_assignment": {"cluster_name": "source", "endpoints": [{"lb_endpoints": [place]}]}}
            ],
        }
    }
    path = folder / "envoy.json"
    path.write_text(json.dumps(made))
    program = PYTHON / "bin" / "envoy"
    return (str(program), "-c", str(path), "--concurrency", "1", "--log-level", "off", "--base-id", str(os.getpid() % 60000))
