// The fixed markup of the review page.

/// What stands in the page before its data.
enum ReviewPageBody {
  static let text = #"""
    <header>
      <h1>{title}</h1>
      <p id="progress" role="status" aria-live="polite"></p>
      <div class="tools">
        <label class="file">Load<input type="file" id="load" accept=".jsonl,.json,.txt"></label>
        <button id="save" class="main" title="Save decisions.jsonl (s)">Save decisions</button>
        <button id="keys" title="Keyboard (?)" aria-label="Keyboard shortcuts">?</button>
      </div>
    </header>
    <nav aria-label="Documents">
      <div class="find">
        <input id="search" type="search" placeholder="Find a document" aria-label="Find a document">
        <select id="filter" aria-label="Which documents">
          <option value="all">all</option>
          <option value="review">for review</option>
          <option value="open">not finished</option>
        </select>
      </div>
      <ol id="list"></ol>
    </nav>
    <div class="pager">
      <button id="previous" aria-label="Previous document">&#8592;</button>
      <select id="jump" aria-label="Document"></select>
      <button id="next" aria-label="Next document">&#8594;</button>
    </div>
    <main>
      <section id="paper" aria-label="Document" tabindex="0"></section>
      <section id="side" aria-label="Fields">
        <div id="about"></div>
        <div class="order" role="group" aria-label="Order of the fields">
          <button id="risk" aria-pressed="true">by risk</button>
          <button id="place" aria-pressed="false">in order</button>
        </div>
        <div id="fields" role="list"></div>
      </section>
    </main>
    <dialog id="help" aria-label="Keyboard shortcuts">
      <h2>Keyboard</h2>
      <dl>
        <dt>j k</dt><dd>next, previous field</dd>
        <dt>n p</dt><dd>next, previous document</dd>
        <dt>a</dt><dd>accept</dd>
        <dt>c</dt><dd>correct; Enter keeps the text, Escape leaves it</dd>
        <dt>r</dt><dd>reject</dd>
        <dt>u</dt><dd>undo the decision</dd>
        <dt>o</dt><dd>the next place of the field</dd>
        <dt>Shift+A</dt><dd>accept all fields left in this document</dd>
        <dt>/</dt><dd>find a document</dd>
        <dt>s</dt><dd>save decisions.jsonl</dd>
      </dl>
      <p id="kept"></p>
      <form method="dialog"><button class="main">Close</button></form>
    </dialog>
    <noscript><p class="notice">This page needs its own script, which the browser has switched off.</p></noscript>
    """#
}
