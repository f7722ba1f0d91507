using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Look.Features;
using Pellucid.Cli.Tour;
using Pellucid.Cli.Words;

namespace Pellucid.Cli.Terminal;

/// <summary>How records of results become JSON: fields by the names of properties, in snake case; null for what is no number.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(FiniteDouble), typeof(FiniteSingle)])]
[JsonSerializable(typeof(AnalogyAnswer))]
[JsonSerializable(typeof(AttributedDifference))]
[JsonSerializable(typeof(ClozeAnswers))]
[JsonSerializable(typeof(ConvertedModel))]
[JsonSerializable(typeof(ConvertedTokenizer))]
[JsonSerializable(typeof(DecodedText))]
[JsonSerializable(typeof(DrawnFile))]
[JsonSerializable(typeof(EncodedText))]
[JsonSerializable(typeof(EvaluatedLoss))]
[JsonSerializable(typeof(EvaluatedVectors))]
[JsonSerializable(typeof(FoundBias))]
[JsonSerializable(typeof(JoinedPhrases))]
[JsonSerializable(typeof(LensResult))]
[JsonSerializable(typeof(MeasuredFeatures))]
[JsonSerializable(typeof(MeasuredPaths))]
[JsonSerializable(typeof(NamedFeatures))]
[JsonSerializable(typeof(NearWords))]
[JsonSerializable(typeof(OddWord))]
[JsonSerializable(typeof(PatchedCells))]
[JsonSerializable(typeof(PlannedMemory))]
[JsonSerializable(typeof(ShownFeatures))]
[JsonSerializable(typeof(ShownGguf))]
[JsonSerializable(typeof(ShownModel))]
[JsonSerializable(typeof(SortedWords))]
[JsonSerializable(typeof(TextsAlike))]
[JsonSerializable(typeof(ToldBeliefs))]
[JsonSerializable(typeof(TourNumbers))]
[JsonSerializable(typeof(TrainedFeatures))]
[JsonSerializable(typeof(TrainedTokenizer))]
[JsonSerializable(typeof(TrainedVectors))]
[JsonSerializable(typeof(WordsMap))]
[JsonSerializable(typeof(WrittenLogits))]
internal sealed partial class Results : JsonSerializerContext;

/// <summary>A number where it is one; JSON has no word for others.</summary>
internal sealed class FiniteDouble : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}

/// <summary>The same of single precision, in its own shortest digits.</summary>
internal sealed class FiniteSingle : JsonConverter<float>
{
    public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? float.NaN : reader.GetSingle();

    public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
    {
        if (float.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
