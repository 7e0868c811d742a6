// The script of the HTML report, run over pages that the tests in Rust have written. What it shows is compared with what is in
// the page as it is without the script.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { JSDOM, ResourceLoader, VirtualConsole } from "jsdom";

const folder = process.env.SCALR_DETECT_PAGES;
assert.ok(folder, "SCALR_DETECT_PAGES must name the folder of the pages: run `cargo xtask test page`");

/** A page, with its script or without. */
function open(name, { scripts = true, narrow = false, hash = "" } = {}) {
  const requests = [];
  const errors = [];
  const resources = new (class extends ResourceLoader {
    fetch(url) {
      requests.push(url);
      return null;
    }
  })();
  const virtualConsole = new VirtualConsole();
  virtualConsole.on("jsdomError", (error) => errors.push(error));
  const { window } = new JSDOM(readFileSync(join(folder, `${name}.html`), "utf8"), {
    runScripts: scripts ? "dangerously" : undefined,
    resources,
    virtualConsole,
    url: `https://report.invalid/${hash}`,
    beforeParse(window) {
      window.matchMedia = (query) => ({ matches: narrow && query.includes("max-width") });
      window.alert = () => errors.push(new Error("something that was read was run"));
    },
  });
  const { document } = window;
  const $ = (id) => document.getElementById(id);
  return {
    window, document, $, requests, errors,
    items: () => [...document.querySelectorAll("#list > li")],
    count: () => $("count").textContent,
    async set(id, value) {
      const element = $(id);
      if (element.type === "checkbox") element.checked = value;
      else element.value = value;
      element.dispatchEvent(new window.Event("input", { bubbles: true }));
      element.dispatchEvent(new window.Event("change", { bubbles: true }));
      await new Promise((done) => setTimeout(done, 5));
    },
    async check(name, value, on) {
      const box = document.querySelector(`input[name=${name}][value=${value}]`);
      box.checked = on;
      box.dispatchEvent(new window.Event("input", { bubbles: true }));
      await new Promise((done) => setTimeout(done, 5));
    },
  };
}

/** The findings as the page has them without its script. */
function findings(name) {
  return open(name, { scripts: false }).items().map((item) => ({
    ...item.dataset,
    text: item.textContent.toLowerCase(),
    places: [...item.querySelectorAll("tr[data-path]")].map((row) => ({ ...row.dataset })),
  }));
}

const number = (text) => Number(text.replace(/\D.*$/, ""));

test("all findings are there with the script and without", () => {
  for (const name of ["plain", "each", "hostile"]) {
    const page = open(name);
    const all = findings(name);
    assert.ok(all.length > 50);
    assert.equal(number(page.count()), all.length);
    assert.deepEqual(page.errors, []);
    assert.deepEqual(page.requests, []);
    assert.equal(page.$("work").querySelectorAll(".scripted[hidden]").length, 0);
    assert.ok(open(name, { scripts: false }).$("work").querySelectorAll(".scripted[hidden]").length > 0);
  }
});

test("a page without findings has no filters", () => {
  const page = open("clean");
  assert.equal(page.$("none").hidden, false);
  assert.equal(page.document.querySelectorAll("aside:not([hidden])").length, 0);
  assert.deepEqual(page.errors, []);
});

test("filters leave what they say", async () => {
  for (const name of ["plain", "hostile"]) {
    const all = findings(name);
    const some = all[Math.floor(all.length / 2)];
    const author = all.flatMap((f) => f.places).find((place) => place.author).author;
    const layer = all.flatMap((f) => f.places).find((place) => place.layer).layer;
    for (const [id, value, keep] of [
      ["kind", some.name, (f) => f.name === some.name],
      ["author", author, (f) => f.places.some((place) => place.author === author)],
      ["layer", layer, (f) => f.places.some((place) => place.layer === layer)],
      ["path", "BILLING", (f) => f.places.some((place) => place.path.includes("billing"))],
      ["search", "scalr  token", (f) => f.text.includes("scalr") && f.text.includes("token")],
      ["search", "no such text", () => false],
    ]) {
      const page = open(name);
      await page.set(id, value);
      const kept = all.filter(keep).length;
      assert.equal(number(page.count()), kept, `${id} ${value}`);
      assert.equal(page.$("none").hidden, kept > 0);
      assert.ok(value === "no such text" || (kept > 0 && kept < all.length), `${id} ${value}`);
      page.$("filter").reset();
      await new Promise((done) => setTimeout(done, 10));
      assert.equal(number(page.count()), all.length);
    }
    const fields = ["severity", "confidence", "validity"];
    for (const field of fields) {
      for (const value of new Set(all.map((f) => f[field]))) {
        const page = open(name);
        await page.check(field, value, false);
        assert.equal(number(page.count()), all.filter((f) => f[field] !== value).length, `${field} ${value}`);
      }
    }
    const page = open(name);
    await page.check("severity", "critical", false);
    await page.set("path", "infra");
    const both = all.filter((f) => f.severity !== "critical" && f.places.some((place) => place.path.includes("infra")));
    assert.equal(number(page.count()), both.length);
  }
});

test("a place is an item where that is asked for", async () => {
  const all = findings("plain");
  const page = open("plain");
  await page.set("view", "place");
  assert.equal(number(page.count()), all.flatMap((f) => f.places).length);
  for (const item of page.items()) {
    const rows = item.querySelectorAll("tr[data-path]");
    assert.equal(rows.length, 1);
    assert.equal(item.querySelector(".where").textContent, rows[0].dataset.at);
  }
  const author = all.flatMap((f) => f.places).find((place) => place.author).author;
  await page.set("author", author);
  assert.equal(number(page.count()), all.flatMap((f) => f.places).filter((place) => place.author === author).length);
  await page.set("view", "secret");
  assert.equal(number(page.count()), all.filter((f) => f.places.some((place) => place.author === author)).length);
});

test("the order is the one that is asked for", async () => {
  const page = open("plain");
  const first = (item) => item.querySelector("tr[data-path]").dataset;
  const times = (item) => [...item.querySelectorAll("tr[data-time]")].map((row) => Number(row.dataset.time));
  const severities = ["critical", "high", "medium", "low", "info"];
  for (const [order, key] of [
    ["severity", (item) => severities.indexOf(item.dataset.severity)],
    ["path", (item) => first(item).path],
    ["kind", (item) => item.dataset.name],
    ["newest", (item) => -Math.max(0, ...times(item))],
    ["oldest", (item) => Math.min(Infinity, ...times(item))],
    ["places", (item) => -item.querySelectorAll("tr[data-path]").length],
  ]) {
    await page.set("sort", order);
    const keys = page.items().map(key);
    assert.ok(keys.length > 50);
    assert.ok(keys.every((value, i) => i === 0 || keys[i - 1] <= value), `${order}: ${keys}`);
  }
});

test("long lists come in pages", () => {
  const page = open("large");
  const all = findings("large");
  assert.ok(all.length > 1000);
  assert.equal(page.items().length, 100);
  assert.equal(page.$("more").hidden, false);
  page.$("next").click();
  assert.equal(page.items().length, 200);
  assert.equal(page.document.activeElement, page.items()[100].querySelector("summary"));
  page.window.dispatchEvent(new page.window.Event("beforeprint"));
  assert.equal(page.items().length, all.length);
  assert.ok(page.items().every((item) => item.firstElementChild.open));
  page.window.dispatchEvent(new page.window.Event("afterprint"));
  assert.equal(page.items().length, 200);
  assert.ok(page.items().every((item) => !item.firstElementChild.open));
});

test("an opened finding says what to do", async () => {
  const id = open("plain", { scripts: false }).items()[3].id;
  const page = open("plain", { hash: `#${id}` });
  await new Promise((done) => setTimeout(done, 20));
  const item = page.$(id);
  assert.ok(item.firstElementChild.open);
  const playbook = item.querySelector(".playbook");
  assert.equal(playbook.firstElementChild.textContent, "What to do");
  const advice = page.$(playbook.dataset.kind).querySelector(".advice");
  assert.ok(playbook.textContent.includes(advice.firstElementChild.textContent));
});

test("a narrow page starts with its filters closed", () => {
  assert.equal(open("plain", { narrow: true }).$("filters").open, false);
  assert.equal(open("plain").$("filters").open, true);
});

test("the page can be read aloud and used by keys", () => {
  for (const name of ["plain", "hostile", "clean"]) {
    const { document } = open(name);
    assert.equal(document.documentElement.lang, "en");
    for (const landmark of ["header", "main", "footer"]) {
      assert.equal(document.querySelectorAll(`body > ${landmark}`).length, 1, landmark);
    }
    assert.equal(document.querySelectorAll("h1").length, 1);
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    assert.equal(new Set(ids).size, ids.length);
    for (const field of document.querySelectorAll("input, select")) {
      assert.ok(field.labels.length > 0, field.outerHTML);
    }
    for (const element of document.querySelectorAll("section, article, svg[role=img]")) {
      const label = element.getAttribute("aria-labelledby");
      assert.ok(label ? document.getElementById(label) : element.classList.contains("playbook"), element.outerHTML.slice(0, 100));
    }
    for (const link of document.querySelectorAll("a[href^='#']")) {
      assert.ok(document.getElementById(link.getAttribute("href").slice(1)), link.outerHTML);
    }
    for (const table of document.querySelectorAll("table")) {
      assert.ok(table.caption && [...table.querySelectorAll("th")].every((th) => th.scope), table.outerHTML.slice(0, 200));
    }
    // What scrolls can be reached by keys.
    assert.equal(document.querySelector("[tabindex]:not([tabindex='-1'], pre), [accesskey], [onclick]"), null);
    if (name !== "clean") assert.equal(document.querySelector("#count").getAttribute("aria-live"), "polite");
  }
});
