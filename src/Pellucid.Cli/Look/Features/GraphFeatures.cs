using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;

namespace Pellucid.Cli.Look.Features;

/// <summary><c>pellucid look features graph</c>.</summary>
internal static class GraphFeatures
{
    private const string Method = "attribution graph of transcoders: where attention looks and what normalisations divide by frozen, "
        + "so that edges add up; features taken away one by one from the model as it is, where nothing is frozen";

    // Of what the picture can show side by side.
    private const int MostDrawn = 60;

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string?> Prompt = new("PROMPT") { Description = "The prompt", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string[]> Transcoders = new("--features")
    {
        Description = "Folders of transcoders that stand for feed-forward layers, one of a layer; or a folder of such folders",
        AllowMultipleArgumentsPerToken = true, Required = true,
    };
    private static readonly Option<string?> Answer =
        new("--answer") { Description = "The next token that is asked for; the likeliest if not given" };
    private static readonly Option<string?> Wrong =
        new("--wrong") { Description = "The next token that it is compared with; the mean of all if not given" };
    private static readonly Option<double> Share = new("--share")
    {
        Description = "Nodes are kept that have this share of all influence", DefaultValueFactory = _ => 0.8,
    };
    private static readonly Option<double> EdgeShare = new("--edge-share")
    {
        Description = "Edges between them are kept that have this share of theirs", DefaultValueFactory = _ => 0.98,
    };
    private static readonly Option<int> Follow = new("--follow")
    {
        Description = "Features whose own edges are computed, at most: those with the largest effects", DefaultValueFactory = _ => 1000,
    };
    private static readonly Option<int> Suppress = new("--suppress")
    {
        Description = "Features that are taken away from the model, to see whether the graph is right", DefaultValueFactory = _ => 50,
    };
    private static readonly Option<int> Top = new("--top") { Description = "Nodes to tell", DefaultValueFactory = _ => 20 };

    public static Command Create()
    {
        var command = new Command("graph", "Tells which features made an answer: an attribution graph of transcoders, whose edges add up, "
            + "held against the model by taking features away.")
        {
            Model, Prompt, PromptOptions.Tokens, Transcoders, Answer, PromptOptions.AnswerToken, Wrong, PromptOptions.WrongToken, Share,
            EdgeShare, Follow, Suppress, Top, PromptOptions.BeginOfText,
        }.WithPictures().WithExample("pellucid look features train tiny --layer 0 1 2 3 --activation ln2 --writes mlp_out --architecture "
            + "jumprelu --data micro-world --steps 1000 --out transcoders\n  pellucid look features graph tiny \"The capital of Poland "
            + "is\" --features transcoders --answer \" Warsaw\" --svg graph.svg");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Share) is not (> 0 and <= 1) || words.GetValue(EdgeShare) is not (> 0 and <= 1))
            throw new ArgumentException("--share and --edge-share must be above 0, and 1 at most");
        if (words.GetValue(Follow) < 0 || words.GetValue(Suppress) < 2 || words.GetValue(Top) < 1)
            throw new ArgumentException("--follow must be at least 0, --suppress at least 2, and --top at least 1");
        using var subject = Subject.Load(words, Model);
        subject.Gpt.Parameters.RoundsActivations = false; // what is rounded on its way adds up to nothing
        var tokens = subject.Prompt(words, words.GetValue(Prompt));
        var transcoders = FeatureFolder.Read(words.GetValue(Transcoders)!, subject.Gpt.Backend);
        try
        {
            using var tracer = new AttributionTracer(subject.Gpt, transcoders, tokens);
            var right = subject.TokenOf(words, Answer, PromptOptions.AnswerToken) ?? tracer.Said().Top(1)[0];
            var graph = tracer.Trace(right, subject.TokenOf(words, Wrong, PromptOptions.WrongToken), words.GetValue(Follow));
            var check = AttributionCheck.Of(tracer, graph, words.GetValue(Suppress));
            var kept = graph.Prune(words.GetValue(Share), words.GetValue(EdgeShare));
            var traced = TracedGraph.Of(ModelResult.Of(subject, Method, tokens), kept, check, subject.Tokenizer);
            TracedGraphText.Show(output, traced, subject, words.GetValue(Top));
            PictureFiles.Write(words, () => [graph.Prune(words.GetValue(Share), words.GetValue(EdgeShare), MostDrawn).Draw(
                $"What made {subject.Show(right)}", [.. tokens.Select(subject.Show)], subject.Show(right))]);
            output.Json(traced, Results.Default.TracedGraph);
        }
        finally
        {
            foreach (var transcoder in transcoders)
                transcoder.Dispose();
        }
        return PellucidCommand.Done;
    }
}
