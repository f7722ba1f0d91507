using System.Diagnostics;
using Microsoft.Playwright;

namespace Pellucid.LongTests;

/// <summary>A reader of <c>pellucid explore</c> who waits for nothing: clicks, choices, other texts and other models at random,
/// most of them while the page still works on the one before. Whatever is superseded, the page must live on.</summary>
internal static class ExplorerHaste
{
    private const int MostTold = 12, Slower = 6;

    private static readonly string[] Texts =
    [
        "When Mary and John went to the park, John gave a ring to", "abc abc abc", "Anna", "", "一二三",
        string.Concat(Enumerable.Repeat("Then Mary and John went to the park. ", 12)),
    ];

    // Does what a hand would do to one of the things that answer to it, and says which it was.
    private const string Touch = """
        ([kind, chance]) => {
            const all = [...document.querySelectorAll(kind)].filter(one => !one.disabled && one.getClientRects().length > 0
                && !one.closest("#components-reconnect-modal, #blazor-error-ui"));
            const one = all[Math.floor(chance * all.length)];
            if (!one)
                return "";
            const box = one.getBoundingClientRect();
            if (one.tagName === "SELECT") {
                one.selectedIndex = Math.floor(chance * 7919 % one.options.length);
                one.dispatchEvent(new Event("change", { bubbles: true }));
            } else if (one.type === "range") {
                one.value = +one.min + (one.max - one.min) * (chance * 7919 % 1);
                one.dispatchEvent(new Event("input", { bubbles: true }));
                one.dispatchEvent(new Event("change", { bubbles: true }));
            } else
                one.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true,
                    clientX: box.x + box.width * (chance * 7919 % 1), clientY: box.y + box.height * (chance * 6007 % 1) }));
            const name = one.getAttribute("aria-label") ?? one.textContent.trim();
            return one.tagName.toLowerCase() + " " + name.replace(/\s+/g, " ").slice(0, 60);
        }
        """;

    private const string IsBroken = """
        () => getComputedStyle(document.getElementById("blazor-error-ui")).display !== "none"
            || /components-reconnect-(show|failed|rejected)/.test(document.getElementById("components-reconnect-modal")?.className ?? "")
        """;

    // Most of all what changes the panel, so that it is left while it is asked or drawn.
    private static readonly (string Kind, int Share)[] Kinds =
    [
        ("[role=tab]", 6), (".mud-tabs-panels button, .mud-tabs-panels a[href^='?']", 6), (".mud-tabs-panels canvas", 2),
        (".mud-tabs-panels input[type=checkbox], .mud-tabs-panels input[type=radio]", 2), (".mud-tabs-panels input[type=range]", 1),
        (".mud-tabs-panels svg [tabindex], .mud-tabs-panels [data-cell], .mud-tabs-panels [data-token-at]", 3),
        (".mud-menu-item, .mud-list-item", 2), ("header button", 2), ("select.model", 1), (".mud-tabs-panels select", 1),
        (".changes button", 1),
    ];

    public static async Task<int> RunAsync(string[] models, int seconds, int seed, int threads)
    {
        using var server = new ModelProcess("explore", [.. models, "--threads", $"{threads}"]);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LongBrowser.LaunchAsync(playwright);
        var random = new Random(seed);
        var kinds = Kinds.SelectMany(kind => Enumerable.Repeat(kind.Kind, kind.Share)).ToArray();
        var (clock, told, steps, failures) = (Stopwatch.StartNew(), new Queue<string>(), 0, 0);
        var page = await OpenAsync();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            var did = await StepAsync();
            if (did.Length == 0)
                continue;
            steps++;
            told.Enqueue(did);
            if (told.Count > MostTold)
                told.Dequeue();
            if (random.Next(3) > 0)
                await page.WaitForTimeoutAsync(random.Next(random.Next(10) == 0 ? 3000 : 200));
            if (!await page.EvaluateAsync<bool>(IsBroken))
                continue;
            failures++;
            Console.WriteLine($"the page broke at step {steps} of seed {seed}, {page.Url}; last of all: {string.Join(" | ", told)}");
            await page.CloseAsync();
            page = await OpenAsync();
        }
        Console.WriteLine($"seed {seed}: {steps:N0} steps in {clock.Elapsed.TotalSeconds:N0} s, the page broke {failures} times");
        return failures == 0 ? 0 : 1;

        async Task<IPage> OpenAsync()
        {
            var opened = await browser.NewPageAsync(
                new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
            opened.SetDefaultTimeout(120_000);
            opened.PageError += (_, error) =>
            {
                failures++;
                Console.WriteLine($"an error on the page, {opened.Url}: {error}; last of all: {string.Join(" | ", told)}");
            };
            // A slow machine leaves more time in which something else can happen.
            var tools = await opened.Context.NewCDPSessionAsync(opened);
            await tools.SendAsync("Emulation.setCPUThrottlingRate", new Dictionary<string, object> { ["rate"] = Slower });
            await opened.GotoAsync($"{server.Address}?lang=en&theme=light");
            await opened.Locator(".mud-tabs-panels").WaitForAsync();
            return opened;
        }

        async Task<string> StepAsync()
        {
            switch (random.Next(12))
            {
                case 0 when await page.Locator("#text").CountAsync() > 0:
                    var text = Texts[random.Next(Texts.Length)];
                    await page.Locator("#text").FillAsync(text);
                    return $"text \"{text}\"";
                case 1 when random.Next(2) == 0:
                    await page.EvaluateAsync("() => navigation.currentEntry.index > 0 && history.back()");
                    return "back";
                case 2 when random.Next(4) == 0:
                    await page.SetViewportSizeAsync(random.Next(2) == 0 ? 390 : 1280, 900);
                    return "another width";
                default:
                    return await page.EvaluateAsync<string>(Touch, new object[] { kinds[random.Next(kinds.Length)], random.NextDouble() });
            }
        }
    }
}
