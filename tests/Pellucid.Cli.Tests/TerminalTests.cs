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
}
