/* Paper: a leaf a step. */
function paper() {
  const svg = $("graph").cloneNode(true);
  all(".spot", svg).forEach(el => el.remove());
  svg.querySelector("defs").remove();
  svg.removeAttribute("id");
  svg.querySelector("#items").setAttribute("class", "items");
  svg.querySelector("#items").removeAttribute("id");
  const own = new Picture(svg), leaves = [];
  own.place = picture.place;
  own.now = picture.now.map(look => [...look]);
  S.forEach((step, place) => {
    own.to(place);
    if (edited) for (const [id, el] of own.byId) {
      const text = el.tagName === "text" ? textAt(id, step.k) : null;
      if (text !== null) el.textContent = text;
    }
    const leaf = document.createElement("div");
    leaf.className = "leaf";
    leaf.innerHTML = `<div class="top"><span>${words(place, "place")}</span><span>${$("source").innerHTML}</span></div>`;
    leaf.append(svg.cloneNode(true));
    leaf.insertAdjacentHTML("beforeend", `<p class="says">${words(place, "says")}</p><div class="maths">${words(place, "maths")}</div><p class="note">${words(place, "note")}</p>`);
    leaves.push(leaf);
  });
  $("paper").replaceChildren(...leaves);
  heat(true);
}
addEventListener("beforeprint", paper);
addEventListener("afterprint", () => { $("paper").replaceChildren(); heat(); });
