// Takes a photo with the device's camera and puts it into the form's file field; without a camera the field is there.
const form = document.querySelector("[data-camera]");
if (form) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const [stage, video, preview, start, turn, take, again, trouble] = ["stage", "video", "preview", "start", "turn", "take", "again", "no-camera"].map(part);
  const field = form.querySelector("input[type=file]");
  let stream = null;
  let facing = "environment";
  let shown = null;

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
  }
  function show(state) {
    stage.hidden = state === "idle";
    video.hidden = take.hidden = turn.hidden = state !== "live";
    preview.hidden = again.hidden = state !== "taken";
    start.hidden = !navigator.mediaDevices?.getUserMedia || state === "live" || !again.hidden;
  }
  async function open() {
    stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, width: { ideal: 1600 }, height: { ideal: 1600 } } });
    } catch {
      trouble.hidden = false;
      field.setAttribute("capture", "environment"); // the tablet's own camera takes it then
      show("idle");
      return;
    }
    trouble.hidden = true;
    video.srcObject = stream;
    await video.play();
    show("live");
  }
  function preview_of(file) {
    if (shown) URL.revokeObjectURL(shown);
    shown = URL.createObjectURL(file);
    preview.src = shown;
    show("taken");
  }
  start?.addEventListener("click", open);
  again.addEventListener("click", () => {
    field.value = "";
    open();
  });
  turn.addEventListener("click", () => {
    facing = facing === "environment" ? "user" : "environment";
    open();
  });
  take.addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0); // as the camera sees it: never mirrored
    canvas.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
      field.files = files.files;
      stop();
      preview_of(field.files[0]);
    }, "image/jpeg", 0.95);
  });
  field.addEventListener("change", () => {
    stop();
    if (field.files.length) preview_of(field.files[0]);
    else show("idle");
  });
  addEventListener("pagehide", stop);
  show("idle");
}
