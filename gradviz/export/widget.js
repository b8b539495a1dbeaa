/* The page in a frame of its own; what it tells is the model's, and it follows the model. */
function render({ model, el }) {
  el.innerHTML = model.get("frame");
  const frame = el.querySelector("iframe");
  const said = () => ({ step: model.get("step"), inputs: model.get("inputs") });
  let hears = false;
  const tell = () => { if (!hears) frame.contentWindow?.postMessage({ gradviz: said() }, "*"); };
  const hear = ({ data }) => {
    if (!data?.gradviz) return;
    hears = true;
    model.set("step", data.gradviz.step);
    model.set("inputs", data.gradviz.inputs);
    hears = false;
    model.save_changes();
  };
  let isOpen = false;
  const open = event => {
    if (event.source !== frame.contentWindow) return;
    if (isOpen) hear(event); else { isOpen = true; tell(); }
  };
  addEventListener("message", open);
  model.on("change:step", tell);
  model.on("change:inputs", tell);
  return () => {
    removeEventListener("message", open);
    model.off("change:step", tell);
    model.off("change:inputs", tell);
  };
}
export default { render };
