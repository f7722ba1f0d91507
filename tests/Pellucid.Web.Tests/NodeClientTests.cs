using Pellucid.Conversations;

namespace Pellucid.Web.Tests;

/// <summary>A random model with tools that ends what it writes soon.</summary>
public sealed class BriefModel : ServedModel
{
    internal override bool HasEnd => true;

    internal override int Context => 4096;

    internal override int Width => 64;

    internal override string Alphabet => "\n" + string.Concat(Enumerable.Range(' ', 95).Select(code => (char)code));

    internal override string Liked => "\"}],";

    internal override ChatTemplate Chat => ChatTemplate.Parse(ScriptedModel.Thoughtless);

    internal override HostOptions Options => new() { MostTokens = 2000 };
}

/// <summary>The clients of JavaScript, as they are published, against the server. They need node and npm, and are fetched once.</summary>
public sealed class NodeClientTests(BriefModel served) : IClassFixture<BriefModel>
{
    [Theory]
    [InlineData("openai")]
    [InlineData("ai-sdk")]
    [InlineData("langchain")]
    public async Task A_client_of_JavaScript_chats_streams_calls_functions_and_gets_objects(string client)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "Clients");
        var folder = await NodePackages.FetchAsync(source);
        File.Copy(Path.Combine(source, client + ".mjs"), Path.Combine(folder, client + ".mjs"), overwrite: true);
        var (result, output) = await NodePackages.RunAsync(folder, client + ".mjs", served.Http.BaseAddress!.ToString().TrimEnd('/'));
        Assert.True(result == 0 && output.TrimEnd().EndsWith("done", StringComparison.Ordinal), output);
    }
}
