using Microsoft.Playwright;
using Pellucid.Web.Explorer;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Whoever waits is told for what, and can stop it.</summary>
public sealed class WaitingTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    [Fact]
    public void The_question_that_waits_longest_is_told_and_stopping_stops_all_that_were_asked()
    {
        var (waiting, told) = (new WaitingQuestions(), 0);
        waiting.Changed += () => told++;
        Assert.Null(waiting.Oldest);
        var (first, second) = (waiting.Ask("flow"), waiting.Ask("heads"));
        Assert.Same(first, waiting.Oldest);
        waiting.End(first);
        Assert.Same(second, waiting.Oldest);
        Assert.Equal(["heads"], waiting.Stop());
        Assert.Equal((false, true, true), (first.IsStopped, second.IsStopped, waiting.IsStopped));
        waiting.End(second);
        Assert.True(waiting.IsStopped); // until something is asked again
        Assert.False(waiting.Ask("flow").IsStopped);
        Assert.Equal((false, 6), (waiting.IsStopped, told));
        var byItself = waiting.Ask("corpus"); // whose panel tells it, and stops it
        Assert.NotSame(byItself, waiting.Oldest);
        Assert.DoesNotContain("corpus", waiting.Stop());
    }

    [Fact]
    public async Task A_long_question_says_what_it_does_and_is_stopped_and_asked_again()
    {
        static string Lines(char word) => string.Join("%0A", Enumerable.Repeat(string.Join('+', Enumerable.Repeat(word, 60)), 400));
        var page = await explored.OpenAsync("tiny", $"?panel=neurons&lang=zh&theme=light&examples={Lines('a')}&others={Lines('b')}", 390);
        var waiting = page.Locator("[data-value=waiting]");
        await Assertions.Expect(waiting).ToContainTextAsync("正在查它的神经元");
        Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") <= 0);
        await ExploredModel.KeepAsync(page, "waiting-390");
        await page.Locator("[data-step=stop]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-value=stopped]")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("被停止");
        await page.GetByRole(AriaRole.Tab, new() { Name = "预测" }).PressAsync("Enter"); // which is answered at once
        await Assertions.Expect(page.Locator("li[data-token]").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("[data-value=stopped]")).ToHaveCountAsync(0);
    }
}
