using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Look.Features;
using Pellucid.Cli.Tour;
using Pellucid.Cli.Words;

namespace Pellucid.Cli.Terminal;

/// <summary>How records of results become JSON: fields by the names of properties, in snake case; null for what is no number.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(Finite<double>), typeof(Finite<float>)])]
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

/// <summary>A number where it is one, in its own shortest digits; JSON has no word for others.</summary>
internal sealed class Finite<TNumber> : JsonConverter<TNumber> where TNumber : struct, IFloatingPointIeee754<TNumber>
{
    public override TNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? TNumber.NaN : TNumber.Parse(reader.ValueSpan, CultureInfo.InvariantCulture);

    public override void Write(Utf8JsonWriter writer, TNumber value, JsonSerializerOptions options)
    {
        if (!TNumber.IsFinite(value))
            writer.WriteNullValue();
        else if (value is float single)
            writer.WriteNumberValue(single);
        else
            writer.WriteNumberValue(double.CreateChecked(value));
    }
}
