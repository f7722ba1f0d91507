namespace Pellucid.Cli.Tests;

public sealed class TerminalTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Fact]
    public async Task Control_C_ends_the_text_and_not_the_program_and_the_line_before_comes_back()
    {
        Assert.SkipUnless(Terminal.IsThere, "needs script of util-linux");
        using var terminal = new Terminal(model.Folder, "generate model --max-tokens 100000000 --threads 1");
        await terminal.Until("\r> ");
        terminal.Type("The cat");
        await terminal.Until("> The cat");
        terminal.Type("\r");
        await terminal.Until(text => text.Length > 1000);
        terminal.Type("\u0003");
        await terminal.Until("\r> ");
        terminal.Type("\u001b[A");
        await terminal.Until("> The cat");
        terminal.Type("\u0003");
        await terminal.Until(text =>
            text.Contains("^C", StringComparison.Ordinal) && text.Contains("\r> ", StringComparison.Ordinal));
        terminal.Type("\u0004");
        Assert.Equal(0, await terminal.End());
    }

    [Fact]
    public async Task Tuning_is_a_curve_that_is_drawn_anew_with_its_answers_below()
    {
        Assert.SkipUnless(Terminal.IsThere, "needs script of util-linux");
        File.WriteAllText(Path.Combine(model.Folder, "pairs.jsonl"),
            """{"prompt": "Who is there? ", "chosen": "John.", "rejected": "I know."}""");
        using var terminal = new Terminal(model.Folder, "tune dpo tiny --data pairs.jsonl --out tuned --steps 30 --batch 1 --lr 1e-3 "
            + "--sample-every 15 --threads 1");
        var screen = await terminal.Until(text => text.Contains("What was learned is in tuned", StringComparison.Ordinal));
        Assert.Contains(screen, sign => sign is > '\u2800' and <= '\u28ff');
        Assert.Contains("step 30/30", screen, StringComparison.Ordinal);
        Assert.Contains("  > Who is there? ", screen, StringComparison.Ordinal);
        Assert.Contains("30 steps in ", screen, StringComparison.Ordinal);
        Assert.Equal(0, await terminal.End());
    }
}
