// The values of curves under the pointer, or where the arrow keys lead on a picture that has the focus.
(() => {
    const tip = Object.assign(document.createElement("div"), { className: "curve-tip", hidden: true });
    tip.setAttribute("role", "status");
    const rule = Object.assign(document.createElement("div"), { className: "curve-rule", hidden: true });
    document.body.append(rule, tip);
    const hide = () => [tip.hidden, rule.hidden] = [true, true];

    // What was drawn, by its own path: places in the picture, and the numbers that they stand for.
    const read = frame => {
        const { x, lines } = JSON.parse(frame.dataset.curves), svg = frame.querySelector(".drawing svg");
        const paths = [...svg.querySelectorAll("path")].filter(path => path.querySelector("title"));
        return { x, svg, lines: lines.map((line, i) => ({ name: line.name,
            values: line.points.split(" ").map(point => point.split(",").map(Number)),
            places: paths[i]?.getAttribute("d").slice(1).split("L").map(point => point.split(" ").map(Number)) ?? [] })) };
    };

    const nearest = (places, x) => {
        let [low, high] = [0, places.length - 1];
        while (low < high) {
            const middle = (low + high) >> 1;
            [low, high] = places[middle][0] < x ? [middle + 1, high] : [low, middle];
        }
        return low > 0 && x - places[low - 1][0] < places[low][0] - x ? low - 1 : low;
    };

    const tell = (curves, x) => {
        const near = curves.lines.filter(line => line.places.length > 0)
            .map(line => ({ line, at: nearest(line.places, x) })).filter(({ line, at }) => Math.abs(line.places[at][0] - x) < 14);
        if (near.length === 0)
            return hide();
        const distance = ({ line, at }) => Math.abs(line.places[at][0] - x);
        const first = near.reduce((one, other) => distance(other) < distance(one) ? other : one);
        tip.textContent = [`${curves.x} ${first.line.values[first.at][0].toLocaleString("en")}`,
            ...near.map(({ line, at }) => `${line.name}: ${line.values[at][1].toPrecision(4)}`)].join("\n");
        const box = curves.svg.getBoundingClientRect(), scale = box.width / curves.svg.viewBox.baseVal.width;
        const left = box.left + first.line.places[first.at][0] * scale;
        [tip.hidden, rule.hidden] = [false, false];
        rule.style.cssText = `left:${left}px;top:${box.top + 40 * scale}px;height:${240 * scale}px`;
        tip.style.left = `${left + tip.offsetWidth + 16 < innerWidth ? left + 10 : Math.max(4, left - tip.offsetWidth - 10)}px`;
        tip.style.top = `${Math.max(4, box.top + 44 * scale)}px`;
    };

    document.addEventListener("pointermove", event => {
        const frame = event.target.closest?.("[data-curves]"), svg = event.target.closest?.(".drawing svg");
        if (!frame || !svg)
            return document.activeElement?.closest?.("[data-curves]") ? undefined : hide();
        const curves = read(frame), box = svg.getBoundingClientRect();
        tell(curves, (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width);
    });
    document.addEventListener("keydown", event => {
        const drawing = event.target.closest?.("[data-curves] .drawing");
        if (event.key === "Escape" || !drawing || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key))
            return event.key === "Escape" ? hide() : undefined;
        event.preventDefault();
        const curves = read(drawing.closest("[data-curves]"));
        const places = [...new Set(curves.lines.flatMap(line => line.places.map(place => place[0])))].sort((one, other) => one - other);
        const now = places.indexOf(Number(drawing.dataset.at ?? NaN));
        const next = { ArrowLeft: now < 0 ? places.length - 1 : now - 1, ArrowRight: now + 1, Home: 0, End: places.length - 1 }[event.key];
        drawing.dataset.at = places[Math.max(0, Math.min(places.length - 1, next))];
        tell(curves, Number(drawing.dataset.at));
    });
    document.addEventListener("focusout", event => event.target.closest?.("[data-curves]") && hide());
    document.addEventListener("scroll", hide, true);
})();
