using System.Globalization;
using Microsoft.Playwright;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Web.Explorer.Flow;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>The first page: a text's way through the model, step by step, in the library's own numbers.</summary>
public sealed class FlowTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "When Mary and John went to the park, John gave a ring to";

    private static readonly string TextQuery = "text=" + Uri.EscapeDataString(Text);

    [Fact]
    public async Task It_is_what_opens_and_shows_every_stage_to_the_next_word()
    {
        var page = await explored.OpenAsync($"?{TextQuery}&lang=en&theme=light");
        await Assertions.Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Flow" })).ToHaveAttributeAsync("aria-selected", "true");
        await Assertions.Expect(page.Locator(".stage")).ToHaveCountAsync(8);
        var last = explored.Json("look", "lens", explored.Model, Text, "--top", "10").GetProperty("readings").EnumerateArray().Last();
        var words = page.Locator("[data-next]");
        await Assertions.Expect(words).ToHaveCountAsync(10);
        foreach (var (top, i) in last.GetProperty("top").EnumerateArray().Select((top, i) => (top, i)))
        {
            Assert.Equal(top.GetProperty("token").ToString(), await words.Nth(i).GetAttributeAsync("data-next"));
            Same(top.GetProperty("probability").GetDouble(), await words.Nth(i).Locator("[data-number]").GetAttributeAsync("data-number"));
        }
        await ExploredModel.KeepAsync(page, "flow");
    }

    [Fact]
    public async Task A_stage_opens_down_to_the_numbers_of_the_engine()
    {
        ExploredModel.SkipWithoutBrowser();
        using var backend = CpuBackend.Create(1);
        using var model = LanguageModel.Load(explored.Model, backend);
        var tokens = model.Encode(Text);
        using var cache = ActivationCache.Record(model.Gpt, new Prompts([tokens]));
        var (position, page) = (5, await explored.OpenAsync($"?stage=attention.1&head=1&position=5&{TextQuery}&lang=en&theme=light"));
        var (scores, pattern) = (cache.Pattern(Activation.AttnScores, 1, 1, 0), cache.Pattern(Activation.Pattern, 1, 1, 0));
        var keys = page.Locator("[data-table=keys] tr[data-key]");
        await Assertions.Expect(keys).ToHaveCountAsync(position + 1);
        for (var key = 0; key <= position; key++)
        {
            Same(scores[position, key], await keys.Nth(key).Locator("[data-score]").GetAttributeAsync("data-score"), 1e-6);
            Same(pattern[position, key], await keys.Nth(key).Locator("[data-weight]").GetAttributeAsync("data-weight"), 1e-6);
        }
        var z = cache.Row(Activation.Z, 1, 0, position)[model.Gpt.Config.HeadWidth..];
        await Assertions.Expect(page.Locator("[data-value=mixed]")).ToHaveTextAsync(Shown(Length(z)));
        await Assertions.Expect(page.Locator("[data-value=written]"))
            .ToHaveTextAsync(Shown(Length(cache.Row(Activation.AttnOut, 1, 0, position))));

        await page.Locator("[data-stage=\"feed-forward.0\"]").ClickAsync();
        var neurons = page.Locator("[data-flow-neuron]");
        await Assertions.Expect(neurons).ToHaveCountAsync(8);
        var (pre, post) = (cache.Row(Activation.MlpPre, 0, 0, position), cache.Row(Activation.MlpPost, 0, 0, position));
        for (var i = 0; i < 8; i++)
        {
            var neuron = int.Parse((await neurons.Nth(i).GetAttributeAsync("data-flow-neuron"))!, CultureInfo.InvariantCulture);
            Same(pre[neuron], await neurons.Nth(i).Locator("[data-pre]").GetAttributeAsync("data-pre"), 1e-6);
            Same(post[neuron], await neurons.Nth(i).Locator("[data-post]").GetAttributeAsync("data-post"), 1e-6);
        }

        await page.Locator("[data-stage=embedding]").ClickAsync();
        var cells = page.Locator("table.numbers tbody tr").Last.Locator("[data-number]");
        await Assertions.Expect(cells).ToHaveCountAsync(8);
        for (var i = 0; i < 8; i++)
            Same(cache.Row(Activation.ResidPre, 0, 0, position)[i], await cells.Nth(i).GetAttributeAsync("data-number"), 1e-6);
        await page.Locator("[data-stage=norm]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-panel=stage] h2")).ToHaveTextAsync("Final norm");
        for (var i = 0; i < 8; i++)
            Same(cache.Row(Activation.LnFinal, 2, 0, position)[i], await cells.Nth(i).GetAttributeAsync("data-number"), 1e-6);
    }

    [Fact]
    public async Task It_is_gone_through_by_buttons_by_keys_and_by_itself()
    {
        var page = await explored.OpenAsync($"?{TextQuery}&lang=en&theme=light");
        var pressed = page.Locator(".stage[aria-pressed=true]");
        async Task StandsAtAsync(string stage) => await Assertions.Expect(pressed).ToHaveAttributeAsync("data-stage", stage);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Back" })).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Next", Exact = true }).ClickAsync();
        await StandsAtAsync("tokens");
        await Assertions.Expect(page.Locator("[role=status]", new() { HasText = "16 tokens" })).ToBeVisibleAsync();
        await page.Locator(".stage[tabindex=\"0\"]").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Enter");
        await StandsAtAsync("attention.0");
        await Assertions.Expect(page.GetByText("step 3 of 8")).ToBeVisibleAsync();
        Assert.Contains("stage=attention.0", page.Url, StringComparison.Ordinal);
        await page.Locator("[data-position=\"8\"]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-table=keys] tr[data-key]")).ToHaveCountAsync(9);
        await page.Locator("[data-stage=norm]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await StandsAtAsync("next");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await StandsAtAsync("tokens");
        await page.GetByRole(AriaRole.Button, new() { Name = "Back" }).ClickAsync(); // whoever steps has stopped it
        await Assertions.Expect(pressed).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Play" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Whoever_wants_no_motion_sees_none()
    {
        var page = await explored.OpenAsync($"?stage=attention.0&{TextQuery}&lang=en&theme=light");
        const string animations = "() => document.querySelector('.column').parentElement.getAnimations({ subtree: true }).length";
        await page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await page.Locator("[data-stage=\"attention.1\"]").ClickAsync();
        await Assertions.Expect(page.Locator(".column.current")).ToHaveCountAsync(1);
        Assert.Equal(0, await page.EvaluateAsync<int>(animations));
        await page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.NoPreference });
        await page.Locator("[data-stage=\"attention.0\"]").ClickAsync();
        await page.WaitForFunctionAsync(animations + " > 0");
    }

    [Fact]
    public async Task A_word_of_the_glossary_is_explained_while_it_is_pointed_at_or_has_the_focus()
    {
        var page = await explored.OpenAsync($"?stage=attention.0&{TextQuery}&lang=en&theme=light");
        var (word, tip) = (page.Locator("[data-term=softmax]").First, page.Locator(".term-tip"));
        await Assertions.Expect(tip).ToBeHiddenAsync();
        await word.HoverAsync();
        await Assertions.Expect(tip).ToContainTextAsync("sum to 1");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(tip).ToBeHiddenAsync();
        await page.Locator("[data-term=query]").First.FocusAsync();
        await Assertions.Expect(tip).ToContainTextAsync("looks for");
        var described = await page.Locator("[data-term=query]").First.GetAttributeAsync("aria-describedby");
        Assert.Equal(await tip.TextContentAsync(), await page.Locator($"#{described}").TextContentAsync());
    }

    [Fact]
    public async Task Many_blocks_stand_together_until_one_is_opened()
    {
        var model = explored.File("deep");
        explored.Json("train", "--data", "indirect-object", "--tokenizer", "bpe:300", "--layers", "7", "--width", "16", "--heads", "2",
            "--context", "32", "--batch", "1", "--steps", "1", "--out", model, "--threads", "1");
        var page = await explored.OpenAsync(model, "?lang=en&theme=light");
        async Task StagesAsync(params string[] wanted) => Assert.Equal(wanted, await page.Locator(".stage")
            .EvaluateAllAsync<string[]>("all => all.map(one => one.dataset.stage)"));
        await page.Locator(".stage").First.WaitForAsync();
        await StagesAsync("tokens", "embedding", "attention.0", "feed-forward.0", "blocks.1", "attention.6", "feed-forward.6", "norm",
            "next");
        await page.Locator("[data-stage=\"blocks.1\"]").ClickAsync();
        await page.Locator("[data-open=\"3\"]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-stage=\"attention.3\"]")).ToHaveAttributeAsync("aria-pressed", "true");
        await StagesAsync("tokens", "embedding", "attention.0", "feed-forward.0", "blocks.1", "attention.3", "feed-forward.3", "blocks.4",
            "attention.6", "feed-forward.6", "norm", "next");
        await page.Locator("[data-stage=\"feed-forward.6\"]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-stage=\"attention.3\"]")).ToBeVisibleAsync(); // it stays open
    }

    [Theory]
    [InlineData("", FlowPart.Whole, -1)]
    [InlineData("attention.12", FlowPart.Attention, 12)]
    [InlineData("blocks.1", FlowPart.Blocks, 1)]
    [InlineData("next", FlowPart.Next, -1)]
    public void A_stage_is_read_as_it_is_written(string text, object part, int layer)
    {
        var stage = Assert.NotNull(FlowStage.TryParse(text));
        Assert.Equal(new FlowStage((FlowPart)part, layer), stage);
        Assert.Equal(text, stage.ToString());
    }

    [Theory]
    [InlineData("attention")]
    [InlineData("attention.-1")]
    [InlineData("tokens.1")]
    [InlineData("nonsense")]
    public void What_is_no_stage_is_none(string text) => Assert.Null(FlowStage.TryParse(text));

    private static void Same(double expected, string? shown, double tolerance = 1e-9) =>
        Assert.Equal(expected, double.Parse(shown!, CultureInfo.InvariantCulture), tolerance);

    private static double Length(float[] vector) => Math.Sqrt(vector.Sum(value => (double)value * value));

    private static string Shown(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
