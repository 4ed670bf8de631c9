// The look of the review page: system fonts, one accent color, light and dark.

/// The page's style sheet.
enum ReviewPageStyle {
  static let text = #"""

    :root { color-scheme: light dark;
      --ground: #f6f6f4; --paper: #ffffff; --ink: #1d2125; --soft: #5d666f; --line: #dcdfe1;
      --accent: #2456a6; --accent-ground: #e5edf9; --mark: #fff3c4; --marked: #ffd24d;
      --good: #23744a; --bad: #a8322a; --warn: #8a5a00; --warn-ground: #fdf3dc; }
    @media (prefers-color-scheme: dark) { :root {
      --ground: #16181b; --paper: #1e2125; --ink: #e4e6e8; --soft: #9aa4ae; --line: #343a40;
      --accent: #8ab4f8; --accent-ground: #243247; --mark: #4a4120; --marked: #8a6d0c;
      --good: #6fcf9a; --bad: #f28b82; --warn: #f0c060; --warn-ground: #3a3118; } }
    * { box-sizing: border-box; }
    html, body { height: 100%; margin: 0; }
    body { background: var(--ground); color: var(--ink); display: grid;
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      grid: "head head" auto "list main" minmax(0, 1fr) / 230px minmax(0, 1fr); }
    button, input, select { font: inherit; color: inherit; }
    button, .file, select, input[type=search], input[type=text] { border: 1px solid var(--line);
      border-radius: 6px; background: var(--paper); padding: 4px 10px; min-height: 32px; }
    button, .file { cursor: pointer; }
    button:hover, .file:hover { border-color: var(--accent); }
    button.main { background: var(--accent); border-color: var(--accent); color: var(--paper); }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
    header { grid-area: head; display: flex; align-items: center; gap: 18px; padding: 10px 18px;
      background: var(--paper); border-bottom: 1px solid var(--line); }
    h1 { font-size: 16px; font-weight: 600; margin: 0; white-space: nowrap; overflow: hidden;
      text-overflow: ellipsis; }
    #progress { margin: 0; color: var(--soft); flex: 1; white-space: nowrap; overflow: hidden;
      text-overflow: ellipsis; }
    .tools { display: flex; gap: 8px; flex: none; }
    .file { display: inline-flex; align-items: center; }
    .file input { position: absolute; width: 1px; height: 1px; opacity: 0; }
    .file:focus-within { outline: 2px solid var(--accent); outline-offset: 1px; }
    nav { grid-area: list; border-right: 1px solid var(--line); display: flex; min-height: 0;
      flex-direction: column; }
    .find { display: flex; gap: 6px; padding: 10px; }
    .find input { min-width: 0; flex: 1; }
    .find select { width: 82px; padding: 4px; }
    #list { list-style: none; margin: 0; padding: 0 6px 12px; overflow-y: auto; flex: 1; }
    #list li { content-visibility: auto; contain-intrinsic-size: auto 34px; }
    #list button { width: 100%; text-align: left; border: 0; background: none; display: flex;
      gap: 8px; align-items: center; padding: 5px 8px; }
    #list button:hover { background: var(--paper); }
    #list button[aria-current=true] { background: var(--accent-ground); }
    #list .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .dot { width: 9px; height: 9px; border-radius: 50%; flex: none; border: 2px solid var(--line); }
    .dot.review { border-color: var(--warn); }
    .dot.failed { border-color: var(--bad); background: var(--bad); }
    .dot.finished { border-color: var(--good); background: var(--good); }
    .pager { display: none; }
    main { grid-area: main; display: grid; min-height: 0;
      grid-template-columns: minmax(0, 1fr) minmax(300px, 370px); }
    #paper, #side { overflow-y: auto; min-height: 0; }
    #paper { padding: 18px 18px 40vh; background: var(--paper); }
    #paper pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere;
      font: 13px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
    #paper pre.table { white-space: pre; overflow-wrap: normal; overflow-x: auto; }
    mark { background: var(--mark); color: inherit; border-radius: 2px; cursor: pointer; }
    mark.on { background: var(--marked); box-shadow: 0 0 0 2px var(--marked); }
    mark.also { box-shadow: inset 0 -2px 0 var(--marked); }
    .notice { color: var(--soft); max-width: 60ch; }
    #side { border-left: 1px solid var(--line); padding: 14px 16px 30vh; }
    #about h2 { font-size: 15px; margin: 0 0 2px; overflow-wrap: anywhere; }
    #about p { margin: 0 0 6px; color: var(--soft); font-size: 13px; }
    #about ul { margin: 6px 0; padding: 8px 10px 8px 26px; background: var(--warn-ground);
      border-radius: 6px; font-size: 13px; overflow-wrap: anywhere; }
    #about ul:empty { display: none; }
    .order { display: flex; margin: 10px 0; }
    .order button { border-radius: 0; padding: 2px 12px; min-height: 28px; font-size: 13px; }
    .order button:first-child { border-radius: 6px 0 0 6px; }
    .order button:last-child { border-radius: 0 6px 6px 0; border-left: 0; }
    .order button[aria-pressed=true] { background: var(--accent-ground); }
    .field { border: 1px solid var(--line); border-radius: 8px; background: var(--paper);
      margin-bottom: 8px; padding: 8px 10px; scroll-margin: 12px; }
    .field.on { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
    .field .top { display: flex; gap: 8px; align-items: baseline; }
    .field .path { flex: 1; color: var(--soft); font-size: 12.5px; overflow-wrap: anywhere; }
    .field .p { font-size: 12.5px; color: var(--soft); font-variant-numeric: tabular-nums; }
    .field .p.low { color: var(--bad); font-weight: 600; }
    .field .value { font-weight: 550; overflow-wrap: anywhere; white-space: pre-wrap; }
    .field .value.none { color: var(--soft); font-weight: 400; font-style: italic; }
    .field .raw, .field .why, .field .labels { font-size: 12.5px; color: var(--soft);
      overflow-wrap: anywhere; }
    .field .why { color: var(--warn); }
    .field .acts { display: flex; gap: 6px; margin-top: 6px; }
    .field .acts button { padding: 1px 10px; min-height: 28px; font-size: 13px; }
    .field .acts .places { margin-left: auto; color: var(--soft); }
    .field input[type=text] { width: 100%; margin-top: 6px; }
    .field[data-decision=accept] { border-left: 4px solid var(--good); }
    .field[data-decision=correct] { border-left: 4px solid var(--accent); }
    .field[data-decision=reject] { border-left: 4px solid var(--bad); }
    .field[data-decision=reject] .value { text-decoration: line-through; }
    .field .corrected { color: var(--accent); font-weight: 550; overflow-wrap: anywhere; }
    .acts [aria-pressed=true] { background: var(--accent-ground); border-color: var(--accent); }
    dialog { border: 1px solid var(--line); border-radius: 10px; background: var(--paper);
      color: var(--ink); max-width: min(440px, 92vw); padding: 16px 22px; }
    dialog::backdrop { background: rgb(0 0 0 / 35%); }
    dialog h2 { margin: 0 0 8px; font-size: 16px; }
    dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 0 0 10px; }
    dt { font: 13px ui-monospace, Menlo, Consolas, monospace; padding-top: 2px; }
    dd { margin: 0; }
    #kept { color: var(--soft); font-size: 13px; }
    @media (max-width: 860px) {
      html, body { height: auto; }
      body { display: block; }
      header { position: static; flex-wrap: wrap; gap: 6px 12px; padding: 10px 14px; }
      #progress { font-size: 13px; flex: 1 1 100%; order: 3; white-space: normal; }
      h1 { flex: 1 1 0; }
      nav { display: none; }
      .pager { display: flex; gap: 8px; padding: 8px 14px; position: sticky; top: 0; z-index: 2;
        background: var(--ground); border-bottom: 1px solid var(--line); }
      .pager select { flex: 1; min-width: 0; }
      button, .file, select, .field .acts button { min-height: 40px; }
      .order button { min-height: 36px; }
      main { display: flex; flex-direction: column-reverse; }
      #paper, #side { overflow: visible; }
      #paper { padding: 16px 14px; border-top: 1px solid var(--line); }
      #paper pre { font-size: 12px; }
      #side { border-left: 0; padding: 12px 14px; }
      .field .acts button { flex: 1; padding: 1px 4px; }
    }
    @media print { header, nav, .pager, .acts, .order { display: none; } body { display: block; } }

    """#
}
