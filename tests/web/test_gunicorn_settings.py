"""gunicorn's settings as a worker of ours has them."""

from gunicorn.config import Config

from app.web.gunicorn import lay_out


def test_laid_out_settings_are_what_they_were() -> None:
    cfg, other = Config(), Config()
    for each in (cfg, other):
        each.set("workers", 3)
        each.set("bind", ["127.0.0.1:1"])
    lay_out(cfg)
    assert "keepalive" in vars(cfg)
    assert "worker_class" not in vars(cfg), "gunicorn works it out"
    for name in other.settings:
        assert repr(getattr(cfg, name)) == repr(getattr(other, name)), name
