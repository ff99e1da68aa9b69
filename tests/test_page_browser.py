"""The page that one can draw on, in a real browser."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from browser import browser, console, requests, visit

import fastnet
from fastnet._centring import centred
from fastnet.page import export_html

THREE = [(0.3, 0.25), (0.5, 0.2), (0.65, 0.3), (0.6, 0.42), (0.45, 0.48), (0.62, 0.55), (0.66, 0.68),
         (0.5, 0.8), (0.3, 0.74)]  # fmt: skip
ONE = [(0.5, 0.15), (0.5, 0.85)]
ZERO = [(0.5 + 0.22 * np.sin(a), 0.5 - 0.33 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 17)]


@pytest.fixture(scope="module")
def driver():
    with browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def digits():
    train, test = fastnet.datasets.load_digits()
    net = fastnet.Network([64, 24, 10], rng=0)
    net.fit(*train, epochs=30, learning_rate=0.01, optimizer="adam", progress=False)
    assert net.evaluate(*test).accuracy > 0.9
    net.metadata = {"image_shape": [8, 8], "classes": [str(k) for k in range(10)]}
    return net, test


@pytest.fixture
def page(driver, digits, tmp_path):
    net, test = digits
    export_html(net, tmp_path / "page.html", examples=test)
    visit(driver, tmp_path / "page.html")
    yield driver
    assert console(driver) == []
    assert requests(driver) == [(tmp_path / "page.html").as_uri()]


def stroke(driver, points):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By

    pad = driver.find_element(By.ID, "pad")
    width, height = pad.size["width"], pad.size["height"]
    chain = ActionChains(driver, duration=10)
    places = [(round((x - 0.5) * width), round((y - 0.5) * height)) for x, y in points]
    chain.move_to_element_with_offset(pad, *places[0]).click_and_hold()
    for place in places[1:]:
        chain.move_to_element_with_offset(pad, *place)
    chain.release().perform()


def click(driver, selector):
    from selenium.webdriver.common.by import By

    driver.find_element(By.CSS_SELECTOR, selector).click()


def text(driver, selector):
    return driver.execute_script("return document.querySelector(arguments[0]).textContent", selector)


def seen(driver):
    return np.array(driver.execute_script("return window.fastnet.input()"))


def check_outputs(driver, net, X):
    expected = net.forward(X).astype(np.float64)
    got = driver.execute_script("return arguments[0].map((x) => window.fastnet.forward(x))", X.tolist())
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_the_digits_network_answers_as_in_python(page, digits):
    net, (X, _) = digits
    check_outputs(page, net, X)
    layers = page.execute_script("return window.fastnet.layers(arguments[0])", X[3].tolist())
    for got, expected in zip(layers, net.layer_activations(X[3]), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-5)


HIDDEN = ("identity", "sigmoid", "tanh", "relu", "leaky_relu")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_networks_of_every_activation(driver, tmp_path, dtype):
    rng = np.random.default_rng(5)
    outputs = (*HIDDEN, "softmax")
    for number, (hidden, output) in enumerate(zip(itertools.cycle(HIDDEN), outputs * 2, strict=False)):
        second = HIDDEN[(number // 6 + number + 2) % 5]
        net = fastnet.Network(
            [100, 13, 7, [10, 3, 1][number % 3]], [hidden, second], output, dtype=dtype, rng=number,
            input_scale=1 if number % 2 else 1 / 255,
        )  # fmt: skip
        for bias in net.biases:
            bias[...] = rng.normal(size=bias.shape)
        export_html(net, tmp_path / f"{number}.html")
        visit(driver, tmp_path / f"{number}.html")
        X = rng.uniform(-1, 1, (20, 100)) * (1 if number % 2 else 255)
        X[0] = 0
        check_outputs(driver, net, X)
        click(driver, "#noise")
        assert console(driver) == []


def test_saturated_numbers_stay_finite(driver, tmp_path):
    for output in ("sigmoid", "tanh", "softmax"):
        net = fastnet.Network([64, 5, 3], "relu", output, rng=1)
        net.weights[1][...] *= 3000
        export_html(net, tmp_path / "p.html")
        visit(driver, tmp_path / "p.html")
        check_outputs(driver, net, np.random.default_rng(2).normal(size=(10, 64)) * 20)


@pytest.mark.parametrize("wrong", ["[1, 2]", "new Array(64).fill(NaN)", "new Array(65).fill(0)"])
def test_forward_refuses_what_is_no_input(page, wrong):
    message = page.execute_script(f"try {{ fastnet.forward({wrong}); }} catch (e) {{ return e.message; }}")
    assert message.startswith("input must be")


def test_drawn_digits_are_read(page):
    for points, digit in ((THREE, "3"), (ZERO, "0")):
        click(page, "#clear")
        assert page.execute_script("return fastnet.answer()") is None
        stroke(page, points)
        assert page.execute_script("return fastnet.answer()") == digit
        assert text(page, "#answer") == digit
        assert text(page, "#bars .best .name") == digit
        assert text(page, "#graph .best text") == digit
    deadline = time.time() + 5
    while "reads 0" not in text(page, "#announcement") and time.time() < deadline:
        time.sleep(0.05)
    assert "reads 0" in text(page, "#announcement")


def test_a_finger_draws_too(page):
    page.execute_script("""
      const pad = document.getElementById("pad"), box = pad.getBoundingClientRect();
      pad.setPointerCapture = () => {};  // there is no real finger to capture
      const send = (name, x, y) => pad.dispatchEvent(new PointerEvent(name, {
        pointerId: 7, pointerType: "touch", isPrimary: true, bubbles: true,
        clientX: box.left + x * box.width, clientY: box.top + y * box.height}));
      const points = arguments[0];
      send("pointerdown", ...points[0]);
      for (const point of points.slice(1)) send("pointermove", ...point);
      send("pointerup", ...points.at(-1));""", THREE)
    assert page.execute_script("return fastnet.answer()") == "3"
    style = "return getComputedStyle(document.getElementById('pad')).touchAction"
    assert page.execute_script(style) == "none"


def test_the_keyboard_draws(page):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    pad = page.find_element(By.ID, "pad")
    page.execute_script("arguments[0].focus()", pad)
    keys = ActionChains(page, duration=10)
    keys.send_keys(Keys.ARROW_UP * 12).key_down(" ")
    for _ in range(24):
        keys.send_keys(Keys.ARROW_DOWN)
    keys.key_up(" ").send_keys(Keys.ARROW_LEFT * 5).perform()
    assert page.execute_script("return fastnet.answer()") == "1"
    image = seen(page).reshape(8, 8)
    assert (image[:, 3:5].sum(axis=1) > 0.9).all() and image[:, [0, 1, 6, 7]].sum() == 0
    ActionChains(page).send_keys(Keys.BACKSPACE).perform()
    assert not seen(page).any()
    # tapped, the pen stays down
    ActionChains(page).send_keys(" ").send_keys(Keys.ARROW_RIGHT * 9).send_keys(" ").perform()
    drawn = seen(page)
    assert drawn.any()
    ActionChains(page).send_keys(Keys.ARROW_UP * 9).perform()
    assert (seen(page) == drawn).all()
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    assert not seen(page).any() and text(page, "#answer") == "–"


def test_noise_is_uniform_and_gets_an_answer(page):
    click(page, "#noise")
    noise = seen(page)
    assert 0 <= noise.min() and noise.max() <= 1 and 0.35 < noise.mean() < 0.65 and noise.std() > 0.2
    assert page.execute_script("return fastnet.answer()") in list("0123456789")
    click(page, "#noise")
    assert (seen(page) != noise).any()
    stroke(page, ONE)  # a drawing takes the noise's place
    assert (seen(page) == 0).mean() > 0.4


def test_the_test_images_are_the_examples_themselves(page, digits):
    from selenium.webdriver.common.by import By

    net, (X, y) = digits
    buttons = page.find_elements(By.CSS_SELECTOR, "#examples button")
    assert len(buttons) == 20
    for number in (0, 7, 19):
        buttons[number].click()
        i = int(np.abs(X - seen(page)).sum(axis=1).argmin())
        np.testing.assert_allclose(seen(page), X[i], atol=1e-7)
        assert buttons[number].get_attribute("aria-label").endswith(f": {y[i]}")
        assert buttons[number].get_attribute("aria-pressed") == "true"
        assert page.execute_script("return fastnet.answer()") == str(net.predict(X[i]))


def test_what_is_drawn_is_centred_as_in_python(driver, tmp_path):
    net = fastnet.Network([784, 10], rng=0)
    export_html(net, tmp_path / "page.html")
    visit(driver, tmp_path / "page.html")
    for points in (THREE, ONE, ZERO, [(0.1, 0.1), (0.2, 0.1), (0.2, 0.3)]):
        click(driver, "#clear")
        stroke(driver, points)
        image = seen(driver).reshape(28, 28)
        rows, columns = (np.flatnonzero(image.sum(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        mass = [(image.sum(axis=axis) @ np.arange(28)) / image.sum() for axis in (1, 0)]
        assert np.abs(np.array(mass) - 14).max() <= 0.5
        assert np.abs(image - centred(image, (28, 28))).max() < 0.2
        assert ((0 < image) & (image < 0.95)).any()  # anti-aliased


def test_a_small_and_a_large_drawing_look_alike(driver, tmp_path):
    net = fastnet.Network([784, 10], rng=0)
    export_html(net, tmp_path / "page.html")
    visit(driver, tmp_path / "page.html")
    images = []
    for size in (0.3, 1.0):
        click(driver, "#clear")
        stroke(driver, [(0.5 + size * (x - 0.5), 0.5 + size * (y - 0.5)) for x, y in THREE])
        images.append(seen(driver))
    assert np.corrcoef(images)[0, 1] > 0.93


def test_a_neuron_shows_its_weights(page, digits):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    net, _ = digits
    neurons = page.find_elements(By.CSS_SELECTOR, "#graph .neuron")
    assert len(neurons) == 16 + 10  # 24 are more than are drawn
    ActionChains(page).move_to_element(neurons[2]).perform()
    assert text(page, "#neuron-text").startswith("Layer 1, neuron 3: activation")
    size = page.execute_script("const c = document.getElementById('weights'); return [c.width, c.height]")
    assert size == [8, 8]
    pixels = page.execute_script(
        "return Array.from(document.getElementById('weights').getContext('2d').getImageData(0, 0, 8, 8).data)"
    )
    green_over_red = np.reshape(pixels, (64, 4))[:, 1] - np.reshape(pixels, (64, 4))[:, 0].astype(float)
    w = net.weights[0][2]
    strong = np.abs(w) > 0.3 * np.abs(w).max()
    assert ((green_over_red > 5) == (w > 0))[strong].all()
    # by keyboard
    page.execute_script("document.querySelector('#graph [tabindex=\"0\"]').focus()")
    assert text(page, "#neuron-text").startswith("Output 0")
    ActionChains(page).send_keys(Keys.ARROW_DOWN).send_keys(Keys.ARROW_LEFT).perform()
    assert text(page, "#neuron-text").startswith("Layer 1, neuron 2")


@pytest.mark.parametrize("width", [360, 800, 1300])
def test_nothing_is_wider_than_the_screen(driver, digits, tmp_path, width):
    net, test = digits
    export_html(net, tmp_path / "page.html", examples=test)
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    try:
        visit(driver, tmp_path / "page.html")
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_control_has_a_name_and_can_be_focused(page):
    nameless = page.execute_script("""
      return [...document.querySelectorAll("button, [tabindex='0'], canvas[role], svg[role]")]
        .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim())).map((e) => e.outerHTML)""")
    assert nameless == []
    assert page.execute_script("return document.getElementById('pad').tabIndex") == 0


def test_names_cannot_break_out_of_the_page(driver, tmp_path):
    net = fastnet.Network([64, 2], output="softmax", cost="cross_entropy", rng=0)
    classes = ["</script><script>document.title='x'</script>", "<b>&"]
    net.metadata = {"image_shape": [8, 8], "classes": classes}
    export_html(net, tmp_path / "page.html", title="<i>a & b</i>")
    visit(driver, tmp_path / "page.html")
    assert driver.title == "<i>a & b</i>" and text(driver, "#bars li:nth-child(2) .name") == "<b>&"
    assert console(driver) == []
