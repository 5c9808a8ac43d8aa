// The book's two small programs: where am I, and where is what I look for.
"use strict";

// ---- The page at hand, marked in the contents ---------------------------------------------

function mark_current_page() {
  const here = location.pathname.split("/").pop() || "index.html";
  const contents = document.getElementById("contents");
  for (const link of contents.querySelectorAll("a")) {
    if (link.getAttribute("href") !== here) continue;
    link.setAttribute("aria-current", "page");
    const chapter = link.closest("details");
    if (chapter) chapter.open = true;
    const margin = document.querySelector("nav.book");
    margin.scrollTop = link.offsetTop - margin.clientHeight / 3;
  }
}

// ---- Search ----------------------------------------------------------------------------------
// search-index.js holds [page, section, address, text] for each section of the book. It is read
// when the search field is first used. A section is found when it has all the words, and ranks
// by where they are: in the page's title, in the section's, in the text.

const book_search = {
  entries: null,

  fill(entries) {
    this.entries = entries.map(([page, section, address, text]) => ({
      page, section, address, text,
      low: [page, section, text].map((part) => part.toLowerCase()),
    }));
    show_found();
  },

  find(words) {
    const weight = [4, 6, 1];
    const score = (entry) => {
      let sum = 0;
      for (const word of words) {
        const places = entry.low.map((part) => part.indexOf(word));
        if (places.every((at) => at < 0)) return 0;
        places.forEach((at, k) => {
          if (at < 0) return;
          const at_word = at === 0 || /[^a-z0-9]/.test(entry.low[k][at - 1]);
          sum += weight[k] * (at_word ? 2 : 1);
        });
      }
      return sum;
    };
    return this.entries
      .map((entry) => ({ entry, score: score(entry) }))
      .filter((found) => found.score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, 30)
      .map((found) => found.entry);
  },
};

// The text around the first word found, the word in bold.
function excerpt(entry, words) {
  const low = entry.low[2];
  const at = Math.max(0, ...words.map((word) => low.indexOf(word)));
  const from = at < 30 ? 0 : low.indexOf(" ", at - 30) + 1;
  const line = document.createElement("span");
  const text = (from > 0 ? "…" : "") + entry.text.slice(from, from + 110).replace(/\s+/g, " ");
  const word = words.find((w) => text.toLowerCase().includes(w));
  const start = word ? text.toLowerCase().indexOf(word) : -1;
  if (start < 0) {
    line.textContent = text;
  } else {
    const bold = document.createElement("b");
    bold.textContent = text.slice(start, start + word.length);
    line.append(text.slice(0, start), bold, text.slice(start + word.length));
  }
  return line;
}

function show_found() {
  const field = document.getElementById("search");
  const found = document.getElementById("found");
  const words = field.value.toLowerCase().split(/\s+/).filter((word) => word.length > 0);
  found.hidden = words.length === 0;
  document.getElementById("contents").hidden = words.length > 0;
  if (words.length === 0 || book_search.entries === null) return;
  found.replaceChildren();
  const entries = book_search.find(words);
  if (entries.length === 0) found.textContent = "Nothing in the book has these words.";
  for (const entry of entries) {
    const link = document.createElement("a");
    link.href = entry.address;
    const title = document.createElement("strong");
    title.textContent = entry.section;
    link.append(title);
    if (entry.section !== entry.page) {
      const page = document.createElement("small");
      page.textContent = entry.page;
      link.append(page);
    }
    link.append(excerpt(entry, words));
    found.append(link);
  }
}

function prepare_search() {
  const field = document.getElementById("search");
  field.addEventListener("focus", () => {
    const index = document.createElement("script");
    index.src = "search-index.js";
    document.head.append(index);
  }, { once: true });
  field.addEventListener("input", show_found);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      show_found();
    } else if (event.key === "Enter") {
      const first = document.querySelector("#found a");
      if (first) first.click();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea")) return;
    event.preventDefault();
    field.focus();
  });
}

// A link within the page, or to it, closes the contents on a narrow screen.
function close_contents_on_choice() {
  document.querySelector("nav.book").addEventListener("click", (event) => {
    if (event.target.closest("a")) document.getElementById("open-contents").checked = false;
  });
}

mark_current_page();
prepare_search();
close_contents_on_choice();
