from cohesin.kernel import metrics


def test_a_request_is_counted_and_timed_under_its_operation():
    metrics.record_request("kits.list", 200, 0.004)
    metrics.record_pool(idle=3, used=2)
    metrics.record_task("annotate", "succeeded", 1.5)
    text = metrics.render().decode()
    assert 'cohesin_http_requests_total{operation="kits.list",status="200"} 1.0' in text
    assert 'cohesin_http_request_seconds_bucket{le="0.005",operation="kits.list"} 1.0' in text
    assert 'cohesin_db_connections{state="used"} 2.0' in text
    assert 'cohesin_tasks_total{outcome="succeeded",task="annotate"} 1.0' in text
    assert "cohesin_http_requests_in_flight 0.0" in text
