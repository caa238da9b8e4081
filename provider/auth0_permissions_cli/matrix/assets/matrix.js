"use strict";
// The page is whole without this; it only filters rows by text.
(() => {
  const box = document.getElementById("filter");
  const only = document.getElementById("only");
  const count = document.getElementById("count");
  const sections = [...document.querySelectorAll("section.api")].map((section) => ({
    section,
    name: section.dataset.name.toLowerCase(),
    rows: [...section.querySelectorAll("tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() })),
  }));
  const total = sections.reduce((sum, { rows }) => sum + rows.length, 0);
  const apply = () => {
    const wanted = box.value.trim().toLowerCase();
    let shown = 0;
    for (const { section, name, rows } of sections) {
      let here = 0;
      for (const { row, text } of rows) {
        const fits = !wanted || text.includes(wanted) || name.includes(wanted);
        row.hidden = !fits;
        if (fits && !(only.checked && row.classList.contains("same"))) here += 1;
      }
      section.hidden = Boolean(wanted) && here === 0;
      shown += here;
    }
    count.textContent = `${shown} of ${total} rows shown`;
  };
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  box.addEventListener("input", apply);
  only.addEventListener("change", apply);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      box.value = "";
      apply();
    }
  });
  apply();
})();
