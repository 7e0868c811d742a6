// The page works without this: it is a list of all findings. Here is what filters, sorts and pages it. The findings
// are read from the list itself, so there is nothing that could disagree with what is shown.
"use strict";
(() => {
  const PAGE = 100;
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const CONFIDENCES = ["checked", "high", "medium", "low"];
  const VALIDITIES = ["live", "unknown", "dead"];
  const $ = (id) => document.getElementById(id);
  const list = $("list");
  const form = $("filter");
  if (!list || !form) return;

  // A secret and its places, as the list has them.
  const secrets = Array.from(list.children, (item) => {
    const rows = Array.from(item.querySelectorAll("tr[data-path]"));
    const places = rows.map((row) => ({ row, ...row.dataset, time: Number(row.dataset.time || 0) }));
    const times = places.map((place) => place.time).filter((time) => time > 0);
    return {
      item, places, ...item.dataset,
      text: item.textContent.toLowerCase(),
      first: times.length ? Math.min(...times) : 0,
      last: times.length ? Math.max(...times) : 0,
    };
  });

  // A place as an item of its own: the secret's, with the other places left out. Made when it is shown.
  function itemOf(secret, place) {
    const item = secret.item.cloneNode(true);
    item.removeAttribute("id");
    const rows = item.querySelectorAll("tr[data-path]");
    const index = secret.places.indexOf(place);
    rows.forEach((row, i) => { if (i !== index) row.remove(); });
    item.querySelector(".where").textContent = place.at;
    const more = item.querySelector(".count");
    if (more) more.remove();
    return item;
  }

  const entries = {
    secret: secrets.map((secret) => ({ secret, places: secret.places, make: () => secret.item })),
    place: secrets.flatMap((secret) => secret.places.map((place) => {
      const entry = { secret, places: [place], text: place.row.textContent.toLowerCase() };
      let item;
      entry.make = () => (item ??= itemOf(secret, place));
      return entry;
    })),
  };

  const rank = (names, name) => names.indexOf(name);
  const path = (a, b) => compare(a.places[0].path, b.places[0].path) || a.places[0].line - b.places[0].line;
  const severity = (a, b) => rank(SEVERITIES, a.secret.severity) - rank(SEVERITIES, b.secret.severity);
  const newest = (entry) => Math.max(0, ...entry.places.map((place) => place.time));
  const oldest = (entry) => Math.min(...entry.places.map((place) => place.time || Infinity));
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const orders = {
    severity: (a, b) => severity(a, b) || rank(VALIDITIES, a.secret.validity) - rank(VALIDITIES, b.secret.validity)
      || rank(CONFIDENCES, a.secret.confidence) - rank(CONFIDENCES, b.secret.confidence) || path(a, b),
    path,
    kind: (a, b) => compare(a.secret.name, b.secret.name) || path(a, b),
    newest: (a, b) => newest(b) - newest(a) || severity(a, b) || path(a, b),
    oldest: (a, b) => compare(oldest(a), oldest(b)) || severity(a, b) || path(a, b),
    places: (a, b) => b.secret.places.length - a.secret.places.length || severity(a, b) || path(a, b),
  };

  // What can be chosen, with how many secrets there are of each.
  function counts(values) {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
    return counts;
  }
  function checks(id, name, order) {
    const found = counts(secrets.map((secret) => secret[name]));
    const values = order.filter((value) => found.has(value));
    if (values.length < 2) return;
    for (const value of values) {
      const label = document.createElement("label");
      label.className = "check";
      const box = document.createElement("input");
      Object.assign(box, { type: "checkbox", name, value, defaultChecked: true });
      const text = document.createElement("span");
      text.textContent = value;
      const count = document.createElement("span");
      count.className = "n";
      count.textContent = found.get(value).toLocaleString("en");
      label.append(box, text, count);
      $(id).append(label);
    }
    $(id).hidden = false;
  }
  function options(id, values) {
    const found = [...counts(values)].sort((a, b) => compare(a[0], b[0]));
    if (found.length < 2) return;
    for (const [value, count] of found) {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = `${value} (${count.toLocaleString("en")})`;
      $(id).append(option);
    }
    $(id).closest(".field").hidden = false;
  }
  const distinct = (name) => secrets.flatMap((secret) => [...new Set(secret.places.map((place) => place[name]))].filter(Boolean));
  checks("by-severity", "severity", SEVERITIES);
  checks("by-confidence", "confidence", CONFIDENCES);
  checks("by-validity", "validity", VALIDITIES);
  options("kind", secrets.map((secret) => secret.name));
  options("author", distinct("author"));
  options("layer", distinct("layer"));
  if (!secrets.some((secret) => secret.first)) {
    for (const option of $("sort").querySelectorAll(".dated")) option.remove();
  }
  if (secrets.every((secret) => secret.places.length < 2)) $("view").closest("label").hidden = true;

  // Which entries the form asks for. A secret is shown if one of its places is asked for.
  function chosen(name) {
    const boxes = Array.from(form.querySelectorAll(`input[name=${name}]`));
    return boxes.length ? new Set(boxes.filter((box) => box.checked).map((box) => box.value)) : null;
  }
  function filtered() {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = { severity: chosen("severity"), confidence: chosen("confidence"), validity: chosen("validity") };
    const inPath = $("path").value.toLowerCase();
    const [kind, author, layer] = ["kind", "author", "layer"].map((id) => $(id).value);
    return entries[$("view").value].filter(({ secret, places, text }) =>
      Object.entries(wanted).every(([name, set]) => !set || set.has(secret[name]))
      && (!kind || secret.name === kind)
      && places.some((place) => (!author || place.author === author) && (!layer || place.layer === layer)
        && (!inPath || place.path.toLowerCase().includes(inPath)))
      && words.every((word) => (text ? text + " " + secret.name.toLowerCase() : secret.text).includes(word)));
  }

  let shown = [];
  let until = PAGE;
  function render() {
    list.replaceChildren(...shown.slice(0, until).map((entry) => entry.make()));
    $("none").hidden = shown.length > 0;
    list.hidden = shown.length === 0;
    const left = shown.length - until;
    $("more").hidden = left <= 0;
    $("next").textContent = `Show ${Math.min(PAGE, left)} more`;
    $("left").textContent = `${left.toLocaleString("en")} not shown`;
  }
  function update() {
    shown = filtered().sort(orders[$("sort").value]);
    until = PAGE;
    render();
    const noun = $("view").value === "secret" ? "secret" : "place";
    const all = entries[$("view").value].length;
    const n = shown.length.toLocaleString("en");
    $("count").textContent = shown.length === all
      ? `${n} ${noun}${all === 1 ? "" : "s"}`
      : `${n} of ${all.toLocaleString("en")} ${noun}s`;
  }

  // What to do about a kind is written once, and shown with a finding when that is opened.
  function open(event) {
    const details = event.target;
    if (!details.open || !details.parentElement || details.parentElement.parentElement !== list) return;
    const place = details.querySelector(".playbook");
    const kind = place && $(place.dataset.kind);
    if (!kind || place.dataset.filled) return;
    place.dataset.filled = "yes";
    const heading = document.createElement("h3");
    heading.textContent = "What to do";
    place.replaceChildren(heading, ...Array.from(kind.querySelectorAll(".advice > *"), (part) => part.cloneNode(true)));
  }
  list.addEventListener("toggle", open, true);

  let wait;
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(update, secrets.length > 2000 ? 150 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update, 0));
  for (const id of ["sort", "view"]) $(id).addEventListener("change", update);
  $("next").addEventListener("click", () => {
    const first = until;
    until += PAGE;
    render();
    const next = list.children[first];
    if (next) next.querySelector("summary").focus();
  });

  // On paper there is all that was asked for, opened.
  let screen;
  addEventListener("beforeprint", () => {
    screen = until;
    until = shown.length;
    render();
    for (const details of list.querySelectorAll("li > details:not([open])")) {
      details.open = true;
      details.dataset.printed = "yes";
    }
  });
  addEventListener("afterprint", () => {
    for (const details of list.querySelectorAll("details[data-printed]")) {
      details.open = false;
      delete details.dataset.printed;
    }
    until = screen;
    render();
  });

  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  $("work").classList.add("live");
  const filters = $("filters");
  if (matchMedia("(max-width: 899px)").matches) filters.open = false;
  update();
  // A link to a finding, of this page or from outside.
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.parentElement === list) target.firstElementChild.open = true;
})();
