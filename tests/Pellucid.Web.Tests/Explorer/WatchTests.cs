using System.Globalization;
using System.Text.Json;
using System.Web;
using Microsoft.Playwright;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Runs that are watched beside each other: curves, how they stand, samples, what tuning is judged by, and checkpoints.</summary>
public sealed class WatchTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "When Mary and John went to the park, John gave a ring to";

    private static readonly string TextQuery = "text=" + HttpUtility.UrlEncode(Text);

    [Fact]
    public async Task Runs_stand_on_one_chart_with_the_numbers_of_their_logs()
    {
        var other = Other();
        var page = await explored.OpenAsync($"?panel=train&{TextQuery}&lang=en&theme=light");
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveCountAsync(1);
        await page.Locator($"[data-choose=\"{Path.GetFileName(other)}\"]").ClickAsync(); // it lies beside
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("[data-run] [data-value=stands]").First).ToHaveTextAsync("done");
        await Assertions.Expect(page.Locator("[data-picture=curves] path:has(title)")).ToHaveCountAsync(4);
        foreach (var folder in (string[])[explored.Model, other])
            Same(Lines(folder)[^1].GetProperty("train_loss").GetDouble(), await page.Locator(
                $"[data-run=\"{Path.GetFileName(folder)}\"] [data-value=train-loss]").GetAttributeAsync("data-number"));

        await page.Locator("[data-value=curve]").SelectOptionAsync("gradient_norm");
        await page.Locator("[data-value=log-y]").CheckAsync();
        await page.Locator("summary", new() { HasText = "The numbers as a table" }).ClickAsync();
        var rows = page.Locator("[data-table=curves] tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(40);
        var logged = Lines(explored.Model).Single(line => line.GetProperty("step").GetInt32() == 7);
        await Assertions.Expect(rows.Nth(6).Locator("td").First)
            .ToHaveAttributeAsync("data-number", Exact(logged.GetProperty("gradient_norm").GetDouble()));
        await page.Locator("[data-value=smooth]").SelectOptionAsync("5");
        var mean = Lines(explored.Model).Where(line => line.GetProperty("step").GetInt32() is > 2 and < 8)
            .Average(line => line.GetProperty("gradient_norm").GetDouble());
        await Assertions.Expect(page.Locator("[data-value=smoothing]")).ToContainTextAsync("the mean of up to 5 logged numbers");
        Same(mean, await rows.Nth(6).Locator("td").First.GetAttributeAsync("data-number"));
        await page.Locator("[data-value=against]").SelectOptionAsync("Tokens");
        await Assertions.Expect(rows.First.Locator("td").First).ToHaveTextAsync("256; 128"); // 4 sequences of 64, and of 32

        // Values under the pointer, and by the keyboard.
        await page.Locator("[data-picture=curves] .drawing svg").HoverAsync(new() { Position = new() { X = 200, Y = 150 } });
        await Assertions.Expect(page.Locator(".curve-tip")).ToContainTextAsync("tokens");
        await page.Locator("[data-picture=curves] .drawing").FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Assertions.Expect(page.Locator(".curve-tip")).ToContainTextAsync("tokens 10,240");
        await ExploredModel.KeepAsync(page, "watch-curves");
        await page.WaitForFunctionAsync("() => location.search.includes('smooth=5') && location.search.includes('logs=y')");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("[data-value=curve]")).ToHaveValueAsync("gradient_norm");

        // What they wrote, by step.
        var written = File.ReadLines(Path.Combine(explored.Model, "samples.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .First(one => one.GetProperty("step").GetInt32() == 40);
        var samples = page.Locator("[data-table=samples] tbody tr");
        await Assertions.Expect(samples).ToHaveCountAsync(3);
        await Assertions.Expect(samples.Last.Locator("th")).ToHaveTextAsync("40");
        Assert.Equal(written.GetProperty("answer").GetString(),
            (await samples.Last.Locator(".written").First.TextContentAsync())!.Replace(" …", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_is_followed_while_it_goes_on_and_how_it_stands_is_told()
    {
        ExploredModel.SkipWithoutBrowser();
        var live = Directory.CreateDirectory(explored.File("live")).FullName;
        var log = Path.Combine(live, "log.jsonl");
        var cancellation = TestContext.Current.CancellationToken;
        async Task StandAsync(string end) => await File.WriteAllTextAsync(Path.Combine(live, "status.json"),
            $$"""{"kind":"train","steps":90,"resumed":[2]{{end}}}""", cancellation);
        await StandAsync("");
        const string First = "{\"step\":1,\"train_loss\":3.5,\"lr\":0.1}\n";
        await File.WriteAllTextAsync(log, First + "{\"step\":2,\"train_loss\":3,\"lr\":0.1}\n", cancellation);
        var page = await explored.OpenAsync($"?panel=train&run=live&{TextQuery}&lang=en&theme=dark");
        var stands = page.Locator("[data-value=stands]");
        await Assertions.Expect(stands).ToHaveTextAsync("goes on; resumed after step 2");
        await Assertions.Expect(page.Locator("[data-value=step]")).ToHaveTextAsync("2 / 90");
        await File.AppendAllTextAsync(log, "{\"step\":3,\"train_loss\":2.5,\"lr\":0.1}\n{\"step\":4,\"tra", cancellation);
        await Assertions.Expect(page.Locator("[data-value=step]")).ToHaveTextAsync("3 / 90");
        await Assertions.Expect(page.Locator("[data-value=train-loss]")).ToHaveTextAsync("2.500");
        // Resumed: the log is written anew up to a step, and goes on otherwise.
        await File.WriteAllTextAsync(log, First + "{\"step\":2,\"train_loss\":2.75,\"lr\":0.1}\n", cancellation);
        await Assertions.Expect(page.Locator("[data-value=train-loss]")).ToHaveTextAsync("2.750");
        await page.Locator("[data-value=against]").SelectOptionAsync("Time"); // which this log does not tell
        await Assertions.Expect(page.GetByText("Nothing is drawn of live")).ToBeVisibleAsync();
        File.SetLastWriteTimeUtc(log, DateTime.UtcNow.AddMinutes(-7));
        await Assertions.Expect(stands).ToContainTextAsync("has written nothing for 7 min: it broke off");
        await StandAsync(",\"end\":\"diverged\"");
        await Assertions.Expect(stands).ToContainTextAsync("its numbers are none any more");
        await StandAsync(",\"end\":\"interrupted\"");
        await Assertions.Expect(stands).ToContainTextAsync("stopped; --resume goes on");
        await File.AppendAllTextAsync(log, "no record\n", cancellation);
        await Assertions.Expect(page.Locator("[data-run] [role=alert]")).ToContainTextAsync("log.jsonl");
    }

    [Fact]
    public async Task Tuning_shows_reward_KL_clipping_and_length_by_the_names_of_its_log()
    {
        explored.Json("tune", "ppo", "tiny", "--data", Prompts(), "--reward", "length", "--steps", "3", "--batch", "2", "--max-tokens", "8",
            "--out", explored.File("ppo"), "--threads", "1");
        explored.Json("tune", "dpo", "tiny", "--data", Pairs(), "--eval-data", Pairs(), "--eval-every", "1", "--steps", "2", "--batch", "2",
            "--out", explored.File("dpo"), "--threads", "1");
        var page = await explored.OpenAsync($"?panel=train&run=ppo&run=dpo&{TextQuery}&lang=en&theme=dark&curve=objective/kl");
        var (ppo, dpo) = (Lines(explored.File("ppo")), Lines(explored.File("dpo")));
        foreach (var name in (string[])["objective/scores", "objective/kl", "policy/clipfrac_avg", "answer_length"])
            await ShownAsync(page, name, ppo[^1].GetProperty(name).GetDouble());
        foreach (var name in (string[])["margin", "accuracy", "rewards_chosen", "eval"])
            await ShownAsync(page, name, dpo[^1].GetProperty(name).GetDouble());
        await Assertions.Expect(page.Locator("[data-value=curve]")).ToHaveValueAsync("objective/kl");
        await Assertions.Expect(page.Locator("[data-picture=curves]")).ToContainTextAsync("KL from the reference (objective/kl)");
        await Assertions.Expect(page.Locator("[data-run] th").First).ToContainTextAsync("ppo (ppo)");
        await ExploredModel.KeepAsync(page, "watch-tuning");
    }

    [Fact]
    public async Task Checkpoints_are_looked_at_with_the_numbers_of_the_command()
    {
        var page = await explored.OpenAsync($"?panel=train&{TextQuery}&answer=Mary&lang=en&theme=light");
        await page.Locator("[data-step=look]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-step-of]")).ToHaveCountAsync(3);
        await page.Locator("[data-step=look]").WaitForAsync();
        var said = explored.Json("look", "checkpoints", explored.Model, Text, "--target", " Mary");
        foreach (var look in said.GetProperty("checkpoints").EnumerateArray())
        {
            var row = page.Locator($"[data-step-of=\"{look.GetProperty("step").GetInt32()}\"]");
            foreach (var (score, name) in ((string, string)[])[("PreviousToken", "previous_token"),
                ("DuplicateToken", "duplicate_token"), ("Induction", "induction")])
                Same(look.GetProperty(name).GetProperty("score").GetDouble(),
                    await row.Locator($"[data-score={score}]").GetAttributeAsync("data-number"));
            Same(look.GetProperty("accuracy").GetDouble(), await row.Locator("[data-score=accuracy]").GetAttributeAsync("data-number"));
            Same(look.GetProperty("logit_difference").GetDouble(),
                await row.Locator("[data-score=difference]").GetAttributeAsync("data-number"));
        }
        var ends = page.Locator("[data-table=lens-over-steps] tbody tr").First.Locator("td");
        foreach (var (i, look) in said.GetProperty("checkpoints").EnumerateArray().Index())
        {
            var end = look.GetProperty("lens").EnumerateArray().Last();
            Same(end.GetProperty("target_probability").GetDouble(), await ends.Nth(i).GetAttributeAsync("data-number"));
            Assert.Equal($"{end.GetProperty("target_rank").GetInt32()}", await ends.Nth(i).GetAttributeAsync("data-rank"));
        }
        var moments = page.Locator("[data-moment]");
        foreach (var (i, moment) in said.GetProperty("moments").EnumerateArray().Index())
            Assert.Equal(moment.GetProperty("from").ValueKind == JsonValueKind.Null ? ""
                : $"{moment.GetProperty("from").GetInt32()} {moment.GetProperty("to").GetInt32()}",
                await moments.Nth(i).GetAttributeAsync("data-moment"));
        await Assertions.Expect(page.Locator("[data-table=heads-over-steps] tbody tr")).ToHaveCountAsync(4);
        // What was looked at once is kept while panels come and go.
        await page.GetByRole(AriaRole.Tab, new() { Name = "Predict" }).ClickAsync();
        await page.Locator("li[data-token]").First.WaitForAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Train" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-step-of]")).ToHaveCountAsync(3);
        await page.Locator("#checkpoint-answer").FillAsync("Mary and John");
        await page.WaitForFunctionAsync("() => new URLSearchParams(location.search).get('answer') === 'Mary and John'");
        await page.Locator("[data-step=look]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-panel=checkpoints] [role=alert]")).ToContainTextAsync("is not one token");
    }

    [Fact]
    public async Task Looking_at_checkpoints_can_be_stopped_what_was_found_stays_and_one_may_begin_again()
    {
        const int Steps = 50, Kept = Steps + 1; // the first before it learned anything
        Train("many", "--steps", $"{Steps}", "--keep-every", "1");
        var page = await explored.OpenAsync($"?panel=train&run=many&{TextQuery}&lang=en&theme=light");
        // The page itself presses the button as soon as one is found: on a busy machine all would be before a pointer came there.
        var stopped = page.EvaluateAsync("""
            () => new Promise(done => new MutationObserver((_, watching) => {
                const stop = document.querySelector("[data-step=stop]");
                if (!stop || !document.querySelector("[data-step-of]"))
                    return;
                watching.disconnect();
                stop.click();
                done();
            }).observe(document, { childList: true, subtree: true }))
            """);
        await page.Locator("[data-step=look]").ClickAsync();
        await stopped;
        await page.Locator("[data-step=look]").WaitForAsync();
        var found = await page.Locator("[data-step-of]").CountAsync();
        Assert.InRange(found, 1, Kept - 1);
        await Assertions.Expect(page.Locator("[data-panel=checkpoints] [role=alert]")).ToHaveCountAsync(0);
        await page.Locator("[data-step=look]").ClickAsync(); // those it has seen are not asked again
        await Assertions.Expect(page.Locator("[data-step-of]")).ToHaveCountAsync(Kept);
    }

    [Theory]
    [InlineData("light", "en", 1280)]
    [InlineData("dark", "zh", 390)]
    public async Task What_is_watched_fits_and_axe_finds_nothing_serious(string theme, string language, int width)
    {
        Other();
        var page = await explored.OpenAsync(
            $"?panel=train&run=model&run=other&{TextQuery}&answer=Mary&lang={language}&theme={theme}", width);
        await page.Locator("[data-step=look]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-step-of]")).ToHaveCountAsync(3);
        await page.Locator("[data-step=look]").WaitForAsync();
        await page.Locator("summary").First.ClickAsync();
        Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") <= 0);
        await ExploredModel.KeepAsync(page, $"watch-{theme}-{language}-{width}");
        await AccessibilityTests.AskAxeAsync(page, "train");
    }

    private static async Task ShownAsync(IPage page, string name, double last)
    {
        var curves = await page.Locator($"[data-judged=\"{name}\"] [data-curves]").GetAttributeAsync("data-curves");
        var points = JsonDocument.Parse(curves!).RootElement.GetProperty("lines").EnumerateArray()
            .Select(line => line.GetProperty("points").GetString()!.Split(' ')[^1].Split(',')[1]);
        Assert.Contains(points, point => Math.Abs(double.Parse(point, CultureInfo.InvariantCulture) - last) <= 1e-5 * Math.Abs(last));
    }

    // A second run, once for all tests.
    private string Other() => Train("other", "--steps", "30", "--sample-every", "20");

    private string Train(string name, params string[] words)
    {
        var folder = explored.File(name);
        if (!Directory.Exists(folder))
            explored.Json(["train", "--data", "indirect-object", "--tokenizer", "bpe:700", "--layers", "2", "--width", "16", "--heads", "2",
                "--context", "32", "--batch", "4", "--lr", "1e-3", "--out", folder, "--threads", "1", .. words]);
        return folder;
    }

    private string Prompts() => Written("prompts.jsonl", "{\"prompt\": \"Where is the ball? \"}\n{\"prompt\": \"Who is there? \"}\n");

    private string Pairs() => Written("pairs.jsonl", """
        {"prompt": "Where is the ball? ", "chosen": "In the box.", "rejected": "I know."}
        {"prompt": "Who is there? ", "chosen": "John.", "rejected": "I know."}
        """);

    private string Written(string name, string text)
    {
        File.WriteAllText(explored.File(name), text);
        return explored.File(name);
    }

    private static JsonElement[] Lines(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void Same(double expected, string? shown) =>
        Assert.Equal(expected, double.Parse(shown!, CultureInfo.InvariantCulture), 1e-9);
}
