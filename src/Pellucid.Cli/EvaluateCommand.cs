using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Evaluation;

namespace Pellucid.Cli;

/// <summary><c>pellucid evaluate</c>.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string[]> Data = new("--data")
    {
        Description = $"Text files, or {TrainingText.MicroWorldName}",
        AllowMultipleArgumentsPerToken = true,
        Required = true,
    };

    public static Command Create()
    {
        var loss = new Command("loss", "Measures how surprised a model is by a text: loss, perplexity, bits per byte. The text is read in windows of the model's context, side by side.") { Model, Data, Weights }.WithExample("pellucid evaluate loss runs/micro-world --data micro-world:1MB");
        loss.SetAction(Run);
        return new Command("evaluate", "Measures a model.") { loss, EvaluateClozeCommand.Create(), EvaluateBeliefsCommand.Create() };
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = ModelFolder.LoadGpt(words.GetValue(Model)!, backend, CommonOptions.WeightType(words, Weights));
        var tokenizer = ModelFolder.LoadTokenizer(words.GetValue(Model)!, gpt.Config);
        var text = TrainingText.Read(words.GetValue(Data)!);
        var tokens = new List<int>();
        Perplexity measured;
        try
        {
            tokenizer.EncodeWithSpecialTokens(text, tokens);
            measured = Perplexity.Measure(gpt, [.. tokens], text.Length);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{string.Join(", ", words.GetValue(Data)!)}: {error.Message}", error);
        }
        output.Line($"loss {Units.Number(measured.Loss, 4)} nats a token, perplexity {Units.Number(measured.Value, 2)}, {Units.Number(measured.BitsPerByte, 4)} bits a byte, over {Units.Count(measured.Tokens)} tokens");
        output.Json(json =>
        {
            json.WriteNumber("loss", measured.Loss);
            json.WriteNumber("perplexity", measured.Value);
            json.WriteNumber("bits_per_byte", measured.BitsPerByte);
            json.WriteNumber("tokens", measured.Tokens);
        });
        return PellucidCommand.Done;
    }
}
